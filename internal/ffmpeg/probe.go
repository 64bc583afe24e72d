package ffmpeg

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
)

// Probe returns ffprobe's arguments that describe a file as JSON on standard
// output.
func Probe(path string) []string {
	return append(inspect(), "-show_format", "-show_streams", "-of", "json", file(path))
}

// ParseProbe reads what [Probe] printed. Ref, Bytes and ETag are left to the
// caller, who knows the file.
//
// It reports fault.BadInput (4000) when there is neither picture nor sound in
// it, or the answer cannot be read.
func ParseProbe(output []byte) (media.Source, error) {
	var p probe
	if err := json.Unmarshal(output, &p); err != nil {
		return media.Source{}, notMedia().Because(err)
	}
	var s media.Source
	s.Format = p.Format.Name
	s.Start = p.Format.Start.time()
	s.Duration = p.Format.Duration.time()
	for _, st := range p.Streams {
		switch {
		case st.Type == "video" && st.Disposition.AttachedPicture == 0 && s.Video == nil:
			// A bomb, or a stream without a frame, has no size.
			if st.Width > 0 && st.Height > 0 {
				v := st.video()
				s.Video = &v
				s.Duration = later(s.Duration, v.Duration)
			}
		case st.Type == "audio" && st.Channels > 0:
			a := st.audio()
			s.Audio = append(s.Audio, a)
			s.Duration = later(s.Duration, a.Duration)
		}
	}
	if s.Video == nil && len(s.Audio) == 0 {
		return media.Source{}, notMedia()
	}
	return s, nil
}

// later returns the later of two times; an unknown one is before all others.
func later(a, b media.Timestamp) media.Timestamp {
	if !a.Known() || b.Known() && a.Less(b) {
		return b
	}
	return a
}

func notMedia() *fault.Error {
	return fault.New("ffmpeg.ParseProbe", fault.BadInput, fault.BadInputFile, "%s", fault.BadInputFile.Text())
}

// probe is ffprobe's JSON, as far as it is read.
type probe struct {
	Format struct {
		Name     string  `json:"format_name"`
		Start    decimal `json:"start_time"`
		Duration decimal `json:"duration"`
	} `json:"format"`
	Streams []probeStream `json:"streams"`
}

type probeStream struct {
	Index       int     `json:"index"`
	Type        string  `json:"codec_type"`
	Codec       string  `json:"codec_name"`
	Profile     string  `json:"profile"`
	Width       int     `json:"width"`
	Height      int     `json:"height"`
	SAR         string  `json:"sample_aspect_ratio"`
	PixelFormat string  `json:"pix_fmt"`
	FieldOrder  string  `json:"field_order"`
	AverageRate string  `json:"avg_frame_rate"`
	BaseRate    string  `json:"r_frame_rate"`
	Start       decimal `json:"start_time"`
	Duration    decimal `json:"duration"`
	Frames      string  `json:"nb_frames"`
	Space       string  `json:"color_space"`
	Transfer    string  `json:"color_transfer"`
	Primaries   string  `json:"color_primaries"`
	Range       string  `json:"color_range"`
	Channels    int     `json:"channels"`
	Layout      string  `json:"channel_layout"`
	SampleRate  string  `json:"sample_rate"`
	BitRate     string  `json:"bit_rate"`
	Disposition struct {
		AttachedPicture int `json:"attached_pic"`
	} `json:"disposition"`
	Tags     map[string]string `json:"tags"`
	SideData []struct {
		Type     string      `json:"side_data_type"`
		Rotation json.Number `json:"rotation"`
	} `json:"side_data_list"`
}

func (st probeStream) video() media.VideoStream {
	return media.VideoStream{
		Index:          st.Index,
		Codec:          media.Codec(st.Codec),
		Profile:        st.Profile,
		Size:           media.Size{Width: st.Width, Height: st.Height},
		SAR:            fraction(st.SAR),
		Rotation:       st.rotation(),
		PixelFormat:    named(st.PixelFormat),
		FieldOrder:     named(st.FieldOrder),
		AverageRate:    media.FrameRate{Rational: fraction(st.AverageRate)},
		BaseRate:       media.FrameRate{Rational: fraction(st.BaseRate)},
		Start:          st.Start.time(),
		Duration:       st.duration(),
		Frames:         integer(st.Frames),
		ColorSpace:     named(st.Space),
		ColorTransfer:  named(st.Transfer),
		ColorPrimaries: named(st.Primaries),
		ColorRange:     named(st.Range),
	}
}

func (st probeStream) audio() media.AudioStream {
	return media.AudioStream{
		Index:      st.Index,
		Codec:      media.Codec(st.Codec),
		Channels:   st.Channels,
		Layout:     named(st.Layout),
		SampleRate: int(integer(st.SampleRate)),
		BitRate:    media.BitRate(integer(st.BitRate)),
		Start:      st.Start.time(),
		Duration:   st.duration(),
	}
}

// duration is the stream's own, or what Matroska keeps in a tag
// ("00:01:38.250000000"), under either of two names.
func (st probeStream) duration() media.Timestamp {
	if d := st.Duration.time(); d.Known() {
		return d
	}
	for _, name := range []string{"DURATION", "DURATION-eng"} {
		if d := hours(st.Tags[name]); d.Known() {
			return d
		}
	}
	return media.Timestamp{}
}

// rotation returns the clockwise degrees that turn the picture upright: 0, 90,
// 180 or 270. ffprobe counts counter-clockwise. A slanted picture stays 0:
// ffmpeg turns it inside its frame, whose sides keep their places.
func (st probeStream) rotation() int {
	for _, d := range st.SideData {
		if d.Type != "Display Matrix" {
			continue
		}
		degrees, err := d.Rotation.Int64()
		if err != nil || degrees < -360 || degrees > 360 {
			return 0
		}
		upright := int(360-degrees) % 360
		for _, right := range []int{90, 180, 270} {
			if max(upright-right, right-upright) <= 1 { // as near as ffmpeg asks for
				return right
			}
		}
	}
	return 0
}

// hours reads "hh:mm:ss.fraction".
func hours(s string) media.Timestamp {
	parts := strings.Split(s, ":")
	if len(parts) != 3 {
		return media.Timestamp{}
	}
	seconds := decimal(parts[2]).time()
	if !seconds.Known() || seconds.Sign() < 0 {
		return media.Timestamp{}
	}
	// Bounded, for the sum to fit: nothing lasts a million hours.
	h, m := min(integer(parts[0]), 1_000_000), min(integer(parts[1]), 59)
	return seconds.Plus(media.Seconds(h*3600+m*60, 1))
}

// decimal is a number of seconds as ffprobe writes it: a string, or absent.
type decimal string

func (d decimal) time() media.Timestamp {
	t, err := media.ParseTimestamp(string(d))
	if err != nil {
		return media.Timestamp{} // unknown, as when absent
	}
	return t
}

func fraction(s string) media.Rational {
	r, err := media.ParseRational(s)
	if err != nil {
		return media.Rational{}
	}
	return r
}

func integer(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// named drops ffprobe's ways of saying that it does not know.
func named(s string) string {
	if s == "unknown" || s == "unspecified" {
		return ""
	}
	return s
}
