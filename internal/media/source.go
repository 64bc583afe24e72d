package media

// Source is what probing an input found. It is the only thing planning knows
// of a file. Times are on the file's own clock: a stream's first frame need
// not be at zero (see Start).
type Source struct {
	Ref      Ref
	Bytes    int64     // size of the file
	ETag     string    // changes when the file does; part of every chunk's content name
	Format   string    // ffprobe's format_name, e.g. "mov,mp4,m4a,3gp,3g2,mj2"
	Start    Timestamp // format start_time; may be negative; unknown counts as 0
	Duration Timestamp // longest known of container and streams; unknown when nothing says
	Video    *VideoStream
	Audio    []AudioStream // in file order; the first is the main one
	Keys     []Key         `json:",omitempty"` // seek points, thinned, ascending by PTS; empty when not indexed
	KeyIndex Ref           // where the index lies when it is kept apart; zero: none
}

// VideoStream is the main picture: the first video stream that is not an
// attached picture (cover art).
type VideoStream struct {
	Index          int   // the stream's index in the file
	Codec          Codec // ffprobe's name; any
	Profile        string
	Size           Size      // coded size, before rotation
	SAR            Rational  // sample aspect ratio; unknown = square
	Rotation       int       // clockwise degrees to turn the picture upright: 0, 90, 180, 270
	PixelFormat    string    // ffmpeg's name, e.g. "yuv420p10le"
	FieldOrder     string    // "progressive", "tt", "bb", "tb", "bt", "" when unknown
	AverageRate    FrameRate // frames per second over the file; unknown for some
	BaseRate       FrameRate // lowest rate all timestamps fit (r_frame_rate)
	Start          Timestamp // first frame, on the file's clock
	Duration       Timestamp // of this stream; unknown for some containers
	Frames         int64     // as the container says, or counted; 0 = unknown
	ColorSpace     string    // ffmpeg's names; "" when untagged
	ColorTransfer  string
	ColorPrimaries string
	ColorRange     string // "tv", "pc" or ""
}

// AudioStream is one audio track of a source.
type AudioStream struct {
	Index      int
	Codec      Codec
	Channels   int
	Layout     string // ffmpeg's name; "" when unknown
	SampleRate int    // Hz
	BitRate    BitRate
	Start      Timestamp
	Duration   Timestamp
}

// Key is a place where decoding can begin: the presentation and decoding time
// of a key frame, relative to the file's start.
type Key struct {
	PTS, DTS Timestamp
}

// DisplaySize returns the size of the picture as a viewer sees it: upright and
// with square pixels, enlarged (never shrunk) where a sample is not square.
// The sides are exact fractions; callers round.
func (v VideoStream) DisplaySize() (width, height Rational) {
	width, height = NewRational(int64(v.Size.Width), 1), NewRational(int64(v.Size.Height), 1)
	if v.SAR.Sign() > 0 {
		if v.SAR.Cmp(Rational{1, 1}) >= 0 {
			width = width.Mul(v.SAR)
		} else {
			height = height.Div(v.SAR)
		}
	}
	if v.Rotation%180 != 0 {
		width, height = height, width
	}
	return width, height
}

// Interlaced reports whether the stream says its frames hold two fields.
func (v VideoStream) Interlaced() bool {
	switch v.FieldOrder {
	case "tt", "bb", "tb", "bt":
		return true
	}
	return false
}

// HasVideo reports whether the source has a picture.
func (s Source) HasVideo() bool { return s.Video != nil }

// HasAudio reports whether the source has sound.
func (s Source) HasAudio() bool { return len(s.Audio) > 0 }
