package testmedia

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

// input names a file or a URL to ffmpeg. "file:" keeps a colon in a file's
// name from being taken for a protocol.
func input(file string) string {
	if strings.Contains(file, "://") {
		return file
	}
	return "file:" + file
}

// Packet is one packet of a stream as ffprobe reads it. Times are in ticks of
// the stream's time base; an unknown one is -1<<63.
type Packet struct {
	PTS, DTS, Duration int64
	Flags              string // ffprobe's: "K_" key frame, "__" other, "D" to be discarded
	Size               int    // bytes
}

// Key reports whether decoding can begin at the packet.
func (p Packet) Key() bool { return strings.HasPrefix(p.Flags, "K") }

// Unknown is the value of a time ffprobe does not know.
const Unknown = -1 << 63

// Packets returns the packets of one stream of file ("v:0", "a:1") in file
// order. Here and below, file may be an http URL, too.
func Packets(t testing.TB, file, stream string) []Packet {
	t.Helper()
	out := FFprobe(t, "-select_streams", stream, "-show_entries", "packet=pts,dts,duration,size,flags", "-of", "json", input(file))
	var doc struct {
		Packets []struct {
			PTS, DTS, Duration *int64
			Size               string
			Flags              string
		}
	}
	if err := json.Unmarshal(out, &doc); err != nil {
		t.Fatalf("packets of %s: %v", file, err)
	}
	packets := make([]Packet, len(doc.Packets))
	for i, p := range doc.Packets {
		size, err := strconv.Atoi(p.Size)
		if err != nil {
			t.Fatalf("packet %d of %s: size %q", i, file, p.Size)
		}
		packets[i] = Packet{PTS: known(p.PTS), DTS: known(p.DTS), Duration: known(p.Duration), Flags: p.Flags, Size: size}
	}
	return packets
}

func known(n *int64) int64 {
	if n == nil {
		return Unknown
	}
	return *n
}

// Stream is what ffprobe says of one stream. Fractions are "num/den", times
// decimal seconds; what does not apply is empty or 0.
type Stream struct {
	Index          int
	CodecType      string `json:"codec_type"`
	CodecName      string `json:"codec_name"`
	Profile        string
	Level          int
	Width, Height  int
	HasBFrames     int    `json:"has_b_frames"`
	SAR            string `json:"sample_aspect_ratio"`
	PixFmt         string `json:"pix_fmt"`
	FieldOrder     string `json:"field_order"`
	BaseRate       string `json:"r_frame_rate"`
	AverageRate    string `json:"avg_frame_rate"`
	TimeBase       string `json:"time_base"`
	StartTime      string `json:"start_time"`
	Duration       string
	SampleRate     string `json:"sample_rate"`
	Channels       int
	BitRate        string `json:"bit_rate"`
	NbFrames       string `json:"nb_frames"`
	CodecTagString string `json:"codec_tag_string"`
}

// Streams returns the streams of file in file order.
func Streams(t testing.TB, file string) []Stream {
	t.Helper()
	var doc struct{ Streams []Stream }
	out := FFprobe(t, "-show_streams", "-of", "json", input(file))
	if err := json.Unmarshal(out, &doc); err != nil {
		t.Fatalf("streams of %s: %v", file, err)
	}
	return doc.Streams
}

// FrameHashes decodes one stream of file ("v:0") and returns the MD5 of every
// frame, in presentation order, none dropped or repeated. Two streams with
// equal hashes show the same pictures; times are not part of it.
func FrameHashes(t testing.TB, file, stream string) []string {
	t.Helper()
	out := FFmpeg(t, "-i", input(file), "-map", "0:"+stream, "-fps_mode", "passthrough", "-f", "framehash", "-hash", "md5", "-")
	var hashes []string
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, ",")
		hashes = append(hashes, strings.TrimSpace(fields[len(fields)-1]))
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return hashes
}
