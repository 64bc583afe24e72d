package plan

import (
	"fmt"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
)

// Sizing is a preset's wish for a frame: a box and how to fill it.
type Sizing struct {
	Box    media.Size // pixels
	Policy string     // Fit, Fill, Stretch, Keep, ShrinkToFit, ShrinkToFill
	Pad    bool       // fill the box with bars where the policy leaves room
}

// Fit returns how a picture of the given display size (pixels, upright, square)
// is fitted under s. Every side of the result is even and at least 2; an odd
// box counts as the even one within.
//
// It reports fault.BadInput if the picture has no size, fault.Unsupported (4008)
// if a side would be smaller than 2 or, before it is cut, larger than 16384, and
// fault.Invalid for an unknown policy.
// Source: ET guide, "Preset Settings", Video:SizingPolicy. Rounding (nearest
// even number, exact ties downward) from real outputs: 1280x720 in 400x288 gave
// 400x224 (docs/compatibility.md).
func (s Sizing) Fit(width, height media.Rational) (Picture, error) {
	if width.Sign() <= 0 || height.Sign() <= 0 {
		return Picture{}, fault.New("plan.Fit", fault.BadInput, fault.BadInputFile, "%s", fault.BadInputFile.Text())
	}
	s.Box = media.Size{Width: s.Box.Width &^ 1, Height: s.Box.Height &^ 1}
	one := media.NewRational(1, 1)
	byWidth := media.NewRational(int64(s.Box.Width), 1).Div(width)
	byHeight := media.NewRational(int64(s.Box.Height), 1).Div(height)
	lesser, greater := byWidth, byHeight
	if lesser.Cmp(greater) > 0 {
		lesser, greater = greater, lesser
	}

	var scale media.Rational
	cut := false // the scaled picture may be larger than the box
	switch s.Policy {
	case "Fit":
		scale = lesser
	case "Fill":
		scale, cut = greater, true
	case "Stretch":
		return check(Picture{Scale: s.Box, Crop: s.Box, Frame: s.Box})
	case "Keep":
		scale, cut = one, true
	case "ShrinkToFit":
		scale = least(one, lesser)
	case "ShrinkToFill":
		scale, cut = least(one, greater), true
	default:
		return Picture{}, fault.New("plan.Fit", fault.Invalid, 0, "The sizing policy '%s' is not valid.", s.Policy)
	}

	p := Picture{Scale: media.Size{Width: even(width.Mul(scale)), Height: even(height.Mul(scale))}}
	if !cut { // rounding must not step over the box
		p.Scale.Width = min(p.Scale.Width, s.Box.Width)
		p.Scale.Height = min(p.Scale.Height, s.Box.Height)
	}
	p.Crop = media.Size{Width: min(p.Scale.Width, s.Box.Width), Height: min(p.Scale.Height, s.Box.Height)}
	p.Frame = p.Crop
	if s.Pad {
		p.Frame = s.Box
	}
	return check(p)
}

// largestSide bounds a picture before it is cut: filling a box with a sliver of
// a picture would make it take gigabytes. It is also H.264's own largest side.
const largestSide = 16384

func check(p Picture) (Picture, error) {
	for _, side := range []int{p.Scale.Width, p.Scale.Height, p.Crop.Width, p.Crop.Height, p.Frame.Width, p.Frame.Height} {
		if side < 2 || side > largestSide {
			return Picture{}, mismatch(fmt.Sprintf("The picture would have to be scaled to %s pixels.", p.Scale))
		}
	}
	return p, nil
}

// even returns the even number nearest to x, exact ties downward. Numbers no
// picture has come back as one just too large.
func even(x media.Rational) int {
	x = least(x, media.NewRational(largestSide+2, 1))
	half := x.Div(media.NewRational(2, 1)).Sub(media.NewRational(1, 2))
	return int(2 * half.Ceil())
}
