package plan

import (
	"strings"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/presets"
)

// thumbnails plans the stills of an output. They are taken from the encoded
// picture, so that they are turned, cut and padded as the output is, and cost
// no second decoding of the source. A nil result means none were asked for.
// Source: ET guide, "Thumbnails".
func thumbnails(t *presets.Thumbnails, pattern, bucket string, r Rendition, time Timeline) (*Thumbnails, error) {
	if t == nil || pattern == "" {
		return nil, nil
	}
	n := numbers{}
	interval := n.optional("Interval", t.Interval)
	if n.err != nil {
		return nil, n.err
	}
	if interval == 0 {
		return nil, invalid("Interval", t.Interval)
	}
	format := t.Format
	if format != "jpg" && format != "png" {
		return nil, invalid("Format", format)
	}
	width, height := displayed(r.Picture)
	sizing, err := sizingOf(t.Resolution, t.MaxWidth, t.MaxHeight, t.SizingPolicy, t.PaddingPolicy, width, height)
	if err != nil {
		return nil, err
	}
	picture, err := sizing.Fit(width, height)
	if err != nil {
		return nil, err
	}
	every := media.Seconds(interval, 1)
	out := &Thumbnails{
		Bucket:   bucket,
		Pattern:  strings.ReplaceAll(pattern, "{resolution}", picture.Frame.String()) + "." + format,
		Format:   format,
		Interval: every,
		Picture:  picture,
		KeyOnly:  !every.Less(time.Rate.FrameTime(int64(r.GOP))),
	}
	if time.Frames > 0 { // the first at 0 s, the last not after the last frame
		out.Count = time.Rate.FrameTime(time.Frames-1).Div(every.Rational).Floor() + 1
	}
	return out, nil
}

// displayed returns the size at which a player shows a picture.
func displayed(p Picture) (width, height media.Rational) {
	width, height = media.NewRational(int64(p.Frame.Width), 1), media.NewRational(int64(p.Frame.Height), 1)
	if p.Aspect.Sign() > 0 {
		width = height.Mul(p.Aspect)
	}
	return width, height
}
