package plan_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
)

func size(w, h int) media.Size        { return media.Size{Width: w, Height: h} }
func whole(n int) media.Rational      { return media.NewRational(int64(n), 1) }
func plain(s media.Size) plan.Picture { return plan.Picture{Scale: s, Crop: s, Frame: s} }

// The six worked examples of the guide, with and without padding.
func TestFitGuideExamples(t *testing.T) {
	tests := []struct {
		policy     string
		in, box    media.Size
		noPad, pad plan.Picture
	}{
		{
			"Fit", size(200, 200), size(400, 300),
			plain(size(300, 300)),
			plan.Picture{Scale: size(300, 300), Crop: size(300, 300), Frame: size(400, 300)},
		},
		{
			"Fill", size(200, 200), size(400, 300),
			plan.Picture{Scale: size(400, 400), Crop: size(400, 300), Frame: size(400, 300)},
			plan.Picture{Scale: size(400, 400), Crop: size(400, 300), Frame: size(400, 300)},
		},
		{"Stretch", size(200, 200), size(400, 300), plain(size(400, 300)), plain(size(400, 300))},
		{
			"Keep", size(400, 200), size(300, 300),
			plan.Picture{Scale: size(400, 200), Crop: size(300, 200), Frame: size(300, 200)},
			plan.Picture{Scale: size(400, 200), Crop: size(300, 200), Frame: size(300, 300)},
		},
		{
			"ShrinkToFit", size(400, 400), size(300, 200),
			plain(size(200, 200)),
			plan.Picture{Scale: size(200, 200), Crop: size(200, 200), Frame: size(300, 200)},
		},
		{
			"ShrinkToFill", size(400, 200), size(200, 300),
			plan.Picture{Scale: size(400, 200), Crop: size(200, 200), Frame: size(200, 200)},
			plan.Picture{Scale: size(400, 200), Crop: size(200, 200), Frame: size(200, 300)},
		},
	}
	for _, tt := range tests {
		for _, pad := range []bool{false, true} {
			want := tt.noPad
			if pad {
				want = tt.pad
			}
			got, err := plan.Sizing{Box: tt.box, Policy: tt.policy, Pad: pad}.Fit(whole(tt.in.Width), whole(tt.in.Height))
			if err != nil || got != want {
				t.Errorf("%s %v in %v, pad %v = %v, %v, want %v", tt.policy, tt.in, tt.box, pad, got, err, want)
			}
		}
	}
}

// Sizes of real outputs, and the shapes of real inputs.
func TestFitRealOutputs(t *testing.T) {
	tests := []struct {
		name          string
		width, height media.Rational
		box, want     media.Size
	}{
		{"720p in HLS 400k: 225 goes down", whole(1280), whole(720), size(400, 288), size(400, 224)},
		{"720p 240 wide: 135 goes down", whole(1280), whole(720), size(240, 4096), size(240, 134)},
		{"16:9 in 480p: 853.33 goes up", whole(1920), whole(1080), size(854, 480), size(854, 480)},
		{"16:9 in 240p: 426.67 goes down", whole(1920), whole(1080), size(426, 240), size(426, 240)},
		{"560x320 in HLS 400k: 228.57", whole(560), whole(320), size(400, 288), size(400, 228)},
		{"never enlarged", whole(640), whole(480), size(1280, 720), size(640, 480)},
		{"portrait phone in 720p", whole(2160), whole(3840), size(1280, 720), size(404, 720)},
		{"NTSC DV, samples 8:9", whole(720), whole(540), size(640, 480), size(640, 480)},
		{"odd sides", whole(161), whole(121), size(1280, 720), size(160, 120)},
		{"samples 1280:1281", whole(854), media.NewRational(480*1281, 1280), size(854, 480), size(854, 480)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := plan.Sizing{Box: tt.box, Policy: "ShrinkToFit"}.Fit(tt.width, tt.height)
			if err != nil || got != plain(tt.want) {
				t.Errorf("got %v, %v, want %v", got, err, tt.want)
			}
		})
	}
}

// 7 sources × 3 boxes × 6 policies × padding: what every answer must satisfy.
func TestFitProperties(t *testing.T) {
	sources := []media.Size{size(1920, 1080), size(1080, 1920), size(640, 480), size(161, 121), size(2048, 858), size(320, 240), size(1440, 1440)}
	boxes := []media.Size{size(1280, 720), size(400, 288), size(480, 640)}
	n := 0
	for _, src := range sources {
		for _, box := range boxes {
			for _, policy := range []string{"Fit", "Fill", "Stretch", "Keep", "ShrinkToFit", "ShrinkToFill"} {
				for _, pad := range []bool{false, true} {
					n++
					name := fmt.Sprintf("%s %v in %v, pad %v", policy, src, box, pad)
					p, err := plan.Sizing{Box: box, Policy: policy, Pad: pad}.Fit(whole(src.Width), whole(src.Height))
					if err != nil {
						t.Errorf("%s: %v", name, err)
						continue
					}
					for _, broken := range violations(p, src, box, policy, pad) {
						t.Errorf("%s = %+v: %s", name, p, broken)
					}
				}
			}
		}
	}
	if n != 252 {
		t.Errorf("%d combinations, want 252", n)
	}
}

func violations(p plan.Picture, src, box media.Size, policy string, pad bool) (broken []string) {
	must := func(ok bool, what string) {
		if !ok {
			broken = append(broken, what)
		}
	}
	inside := func(a, b media.Size) bool { return a.Width <= b.Width && a.Height <= b.Height }
	for _, s := range []media.Size{p.Scale, p.Crop, p.Frame} {
		must(s.Width%2 == 0 && s.Height%2 == 0, "odd side")
		must(s.Width >= 2 && s.Height >= 2, "side below 2")
	}
	must(inside(p.Crop, p.Scale), "cut outside the picture")
	must(inside(p.Crop, p.Frame), "picture larger than its frame")
	must(inside(p.Frame, box), "frame larger than the box")
	touches := p.Scale.Width == box.Width || p.Scale.Height == box.Height
	kept := size(src.Width&^1, src.Height&^1)
	switch policy {
	case "Fit":
		must(touches, "does not touch the box")
		must(p.Crop == p.Scale, "cut")
	case "Fill":
		must(touches, "does not touch the box")
		must(p.Frame == box && p.Crop == box, "box not filled")
	case "Stretch":
		must(p == plain(box), "not the box")
	case "Keep":
		must(p.Scale == kept, "scaled")
	case "ShrinkToFit":
		must(p.Crop == p.Scale, "cut")
		must(inside(p.Scale, kept), "enlarged")
		must(touches || p.Scale == kept, "shrunk too far")
	case "ShrinkToFill":
		must(inside(p.Scale, kept), "enlarged")
		must(touches || p.Scale == kept, "shrunk too far")
	}
	switch {
	case policy == "Fill" || policy == "Stretch": // padding means nothing there
	case pad:
		must(p.Frame == box, "not padded to the box")
	default:
		must(p.Frame == p.Crop, "padded")
	}
	if policy != "Stretch" { // each side is rounded by one pixel at most
		skew := math.Abs(float64(p.Scale.Width*src.Height - p.Scale.Height*src.Width))
		must(skew <= float64(src.Width+src.Height), "distorted")
	}
	return broken
}

func TestFitRefuses(t *testing.T) {
	huge := media.NewRational(math.MaxInt64, 1)
	tests := []struct {
		name          string
		sizing        plan.Sizing
		width, height media.Rational
		kind          fault.Kind
		code          fault.Code
	}{
		{"no width", plan.Sizing{Box: size(640, 480), Policy: "Fit"}, whole(0), whole(480), fault.BadInput, 4000},
		{"unknown height", plan.Sizing{Box: size(640, 480), Policy: "Fit"}, whole(640), media.Rational{}, fault.BadInput, 4000},
		{"negative", plan.Sizing{Box: size(640, 480), Policy: "Stretch"}, whole(-640), whole(480), fault.BadInput, 4000},
		{"policy", plan.Sizing{Box: size(640, 480), Policy: "fit"}, whole(640), whole(480), fault.Invalid, 1000},
		{"sliver", plan.Sizing{Box: size(640, 480), Policy: "ShrinkToFit"}, whole(30000), whole(20), fault.Unsupported, 4008},
		{"filling with a sliver", plan.Sizing{Box: size(1920, 1080), Policy: "Fill"}, whole(4000), whole(2), fault.Unsupported, 4008},
		{"kept huge", plan.Sizing{Box: size(1920, 1080), Policy: "Keep"}, huge, huge, fault.Unsupported, 4008},
		{"huge", plan.Sizing{Box: size(1920, 1080), Policy: "Fill"}, huge, whole(1), fault.Unsupported, 4008},
		{"empty box", plan.Sizing{Policy: "Fit"}, whole(640), whole(480), fault.Unsupported, 4008},
		{"negative box", plan.Sizing{Box: size(-640, -480), Policy: "Stretch"}, whole(640), whole(480), fault.Unsupported, 4008},
		{"endless box", plan.Sizing{Box: size(math.MaxInt64, math.MaxInt64), Policy: "Fit"}, whole(640), whole(480), fault.Unsupported, 4008},
		{"endless padding", plan.Sizing{Box: size(1<<31, 480), Policy: "Keep", Pad: true}, whole(640), whole(480), fault.Unsupported, 4008},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := tt.sizing.Fit(tt.width, tt.height)
			if fault.KindOf(err) != tt.kind || fault.CodeOf(err) != tt.code {
				t.Errorf("got %v, %v %d %v, want %v %d", p, fault.KindOf(err), fault.CodeOf(err), err, tt.kind, tt.code)
			}
		})
	}
}

// Presets may only have even boxes, but what is stored is not always valid.
func TestFitOddBox(t *testing.T) {
	for _, policy := range []string{"Fit", "Fill", "Stretch", "Keep"} {
		p, err := plan.Sizing{Box: size(853, 481), Policy: policy, Pad: true}.Fit(whole(1920), whole(1080))
		if err != nil || p.Frame != size(852, 480) {
			t.Errorf("%s: %v, %v", policy, p, err)
		}
	}
}

// Whatever the numbers: no panic, and either an error or even sides in range.
func FuzzFit(f *testing.F) {
	f.Add(int64(1920), int64(1), int64(1080), int64(1), 1280, 720, "Fit", true)
	f.Add(int64(math.MaxInt64), int64(1), int64(1), int64(math.MaxInt64), 4096, 3072, "Fill", false)
	f.Add(int64(math.MinInt64), int64(-1), int64(7), int64(3), -2, math.MaxInt64, "ShrinkToFill", true)
	f.Fuzz(func(t *testing.T, wn, wd, hn, hd int64, bw, bh int, policy string, pad bool) {
		p, err := plan.Sizing{Box: size(bw, bh), Policy: policy, Pad: pad}.Fit(media.NewRational(wn, wd), media.NewRational(hn, hd))
		if err != nil {
			return
		}
		for _, side := range []int{p.Scale.Width, p.Scale.Height, p.Crop.Width, p.Crop.Height, p.Frame.Width, p.Frame.Height} {
			if side < 2 || side > 16384 || side%2 != 0 {
				t.Errorf("%v", p)
			}
		}
	})
}
