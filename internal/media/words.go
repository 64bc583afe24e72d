package media

import "fmt"

// BitRate is a number of bits per second.
type BitRate int64

// Kbps returns n kilobits (1000 bits) per second, the unit of presets.
func Kbps(n int64) BitRate { return BitRate(n * 1000) }

// Size is a frame's width and height in pixels.
type Size struct {
	Width, Height int
}

// String returns "1280x720".
func (s Size) String() string { return fmt.Sprintf("%dx%d", s.Width, s.Height) }

// Valid reports whether both sides are positive.
func (s Size) Valid() bool { return s.Width > 0 && s.Height > 0 }

// Codec is a codec by ffprobe's name.
type Codec string

// The codecs this service writes today. Reading is not limited to them.
const (
	H264 Codec = "h264"
	AAC  Codec = "aac"
	MP3  Codec = "mp3"
)

// Container is an output file format by the API's name (mp4, ts, mp3, …).
type Container string

// The containers this service writes today.
const (
	MP4Container Container = "mp4"
	TSContainer  Container = "ts"
	MP3Container Container = "mp3"
)

// Ref says where bytes lie: an object in a bucket. Keys are as on the wire,
// without a leading slash added or removed.
type Ref struct {
	Bucket string
	Key    string
}

// String returns "bucket/key", for logs and error texts.
func (r Ref) String() string { return r.Bucket + "/" + r.Key }

// IsZero reports whether r names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// WorkBucket is the reserved bucket for intermediate results (chunks, staged
// outputs). Customers can neither name nor read it: bucket names beginning
// with a dot are refused by the API.
const WorkBucket = ".work"

// Work returns the reference of an intermediate result.
func Work(key string) Ref { return Ref{Bucket: WorkBucket, Key: key} }
