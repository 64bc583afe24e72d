package plan

import "github.com/everframe/everframe/internal/media"

// namedRates are the frame rates a preset can ask for.
// 23.97 and 29.97 are the NTSC rates. Source: AWS's own ET-to-MediaConvert
// converter maps them so.
var namedRates = map[string]media.FrameRate{
	"10": media.Rate(10, 1), "15": media.Rate(15, 1),
	"23.97": media.Rate(24000, 1001), "24": media.Rate(24, 1), "25": media.Rate(25, 1),
	"29.97": media.Rate(30000, 1001), "30": media.Rate(30, 1), "50": media.Rate(50, 1), "60": media.Rate(60, 1),
}

// defaultMaxRate caps "auto" when the preset has no MaxFrameRate.
// Source: ET guide, Video:MaxFrameRate.
const defaultMaxRate = "30"

// nearly is how far above the maximum a rate counts as the maximum: 30 under
// 29.97, or a camera's 30.12 under 30, is slowed to it and not halved.
// Inferred: the guide has only rates that divide.
var nearly = media.NewRational(51, 50)

// outputRate returns the frame rate of an output.
//
// A fixed rate is forced. "auto" is the highest rate not above the maximum that
// divides the input's rate evenly: 50 under 30 gives 25, 60 gives 30, 25 stays.
// Source: ET guide, Video:FrameRate.
func outputRate(wanted, maximum string, v media.VideoStream) media.FrameRate {
	if r, ok := namedRates[wanted]; ok {
		return r
	}
	limit, ok := namedRates[maximum]
	if !ok {
		limit = namedRates[defaultMaxRate]
	}
	rate := sourceRate(v)
	if !rate.Known() {
		rate = fluent(v)
	} else {
		parts := rate.Div(limit.Mul(nearly)).Ceil()
		rate = media.FrameRate{Rational: rate.Div(media.NewRational(max(parts, 1), 1))}
	}
	return media.FrameRate{Rational: least(rate.Rational, limit.Rational)}
}

// fluent returns a rate at which video of no particular rate still looks right.
// Inferred: ET's own choice is not documented.
func fluent(v media.VideoStream) media.FrameRate {
	thirty := media.Rate(30, 1)
	if believable(v.AverageRate).Cmp(thirty.Mul(nearly)) > 0 {
		return media.Rate(60, 1)
	}
	return thirty
}

// sourceRate returns the rate of a source as its maker meant it: averages such
// as 243090000/8111111 become 30000/1001. A stream of variable rate counts as
// the lowest rate that fits its timestamps, and as unknown when that is a mere
// time base (1000/1).
// Inferred: ET documents detection of the rate, not its arithmetic.
func sourceRate(v media.VideoStream) media.FrameRate {
	average, base := snap(believable(v.AverageRate)), snap(believable(v.BaseRate))
	switch {
	case !average.Known():
		return base
	case !base.Known() && !standard(average):
		return media.FrameRate{}
	case !base.Known():
		return average
	case within(average.Rational, base.Rational, media.NewRational(1, 20)):
		return base // one rate, read with a rounding error
	case within(average.MulInt(2), base.Rational, media.NewRational(1, 50)):
		return media.FrameRate{Rational: base.Div(media.NewRational(2, 1))} // the base of interlaced material counts fields
	case standard(average):
		return average
	}
	return base
}

// What lies outside is no camera's rate: above are time bases, below are slide
// shows, which would get key frames minutes apart.
var lowestRate, highestRate = media.Rate(1, 1), media.Rate(300, 1)

// believable returns r, and unknown when it cannot be a video's rate.
func believable(r media.FrameRate) media.FrameRate {
	if r.Cmp(lowestRate.Rational) < 0 || r.Cmp(highestRate.Rational) > 0 {
		return media.FrameRate{}
	}
	return r
}

// snap returns the whole or NTSC rate (n or n·1000/1001) nearest to r if it is
// within 0.1 %, else r.
func snap(r media.FrameRate) media.FrameRate {
	if !r.Known() {
		return r
	}
	n := r.Round()
	best, off := r, r.Mul(media.NewRational(1, 1000))
	for _, c := range []media.FrameRate{media.Rate(n, 1), media.Rate(n*1000, 1001)} {
		if d := distance(r.Rational, c.Rational); d.Cmp(off) <= 0 {
			best, off = c, d
		}
	}
	return best
}

// standard reports whether r is a whole or NTSC rate.
func standard(r media.FrameRate) bool { return r.Den == 1 || r.Den == 1001 }

func within(a, b, part media.Rational) bool { return distance(a, b).Cmp(b.Mul(part)) <= 0 }

func distance(a, b media.Rational) media.Rational {
	if a.Cmp(b) < 0 {
		a, b = b, a
	}
	return a.Sub(b)
}

func least(a, b media.Rational) media.Rational {
	if a.Cmp(b) <= 0 {
		return a
	}
	return b
}
