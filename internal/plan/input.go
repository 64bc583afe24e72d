package plan

import (
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/job"
)

// override returns src as the customer says it is: what an input names
// explicitly goes before what probing found. "auto" and "" leave it to probing.
// It reports fault.Invalid for a value that is none of the API's.
// Source: ET guide, Input:FrameRate, AspectRatio, Interlaced. Container is for
// probing; Resolution can only be auto.
func override(src media.Source, in job.Input) (media.Source, error) {
	if src.Video == nil {
		return src, nil
	}
	v := *src.Video
	if set(in.FrameRate) {
		rate, ok := namedRates[in.FrameRate]
		if !ok {
			return src, invalid("FrameRate", in.FrameRate)
		}
		v.AverageRate, v.BaseRate = rate, rate
	}
	if set(in.AspectRatio) {
		ratio, err := media.ParseRational(in.AspectRatio)
		if err != nil || ratio.Sign() <= 0 {
			return src, invalid("AspectRatio", in.AspectRatio)
		}
		if v.Rotation%180 != 0 { // the ratio is that of the upright picture
			ratio = ratio.Inv()
		}
		v.SAR = ratio.Mul(media.NewRational(int64(v.Size.Height), int64(v.Size.Width)))
	}
	switch in.Interlaced {
	case "", "auto":
	case "true":
		if !v.Interlaced() {
			v.FieldOrder = "tt" // the order is left to the deinterlacer
		}
	case "false":
		v.FieldOrder = "progressive"
	default:
		return src, invalid("Interlaced", in.Interlaced)
	}
	src.Video = &v
	return src, nil
}

func set(value string) bool { return value != "" && value != "auto" }

// timeline returns the frame grid of a picture at that rate. Its length counts
// from the file's start, where the grid begins, not from the first picture.
// A length that cannot be true is unknown.
func timeline(src media.Source, rate media.FrameRate) Timeline {
	v := src.Video
	length := src.Duration
	if v.Duration.Sign() > 0 {
		length = v.Duration
		if late := v.Start.Minus(src.Start); v.Start.Known() && late.Sign() > 0 {
			length = length.Plus(late)
		}
	}
	if length.Sign() <= 0 || absurd(length, *v) {
		return Timeline{Rate: rate}
	}
	return Timeline{Rate: rate, Duration: length, Frames: rate.Frames(length)}
}

// longestVideo is the longest a video can be believed to be: a hundred days.
var longestVideo = media.Seconds(100*24*3600, 1)

// absurd reports whether the frames of v fill less than a twentieth of length:
// some fragmented files state days and hold seconds. A slide show may be taken
// for one, which costs it no more than being encoded in one piece.
func absurd(length media.Timestamp, v media.VideoStream) bool {
	if longestVideo.Less(length) {
		return true
	}
	rate := believable(v.AverageRate)
	if v.Frames <= 0 || !rate.Known() {
		return false
	}
	return media.Timestamp{Rational: rate.FrameTime(v.Frames).MulInt(20)}.Less(length)
}

// mismatch refuses an output whose preset and input do not go together.
func mismatch(text string) error {
	return fault.New("plan", fault.Unsupported, fault.PresetInputMismatch, "The input file and the preset do not match. %s", text)
}
