package plan_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
)

func TestTimeline(t *testing.T) {
	pal := media.Rate(25, 1)
	source := func(start, duration, videoStart, videoDuration media.Timestamp, frames int64, average media.FrameRate) media.Source {
		return media.Source{Start: start, Duration: duration, Video: &media.VideoStream{
			Start: videoStart, Duration: videoDuration, Frames: frames, AverageRate: average,
		}}
	}
	unknown := media.Timestamp{}
	tests := []struct {
		name string
		src  media.Source
		want plan.Timeline
	}{
		{"the stream's own length", source(seconds(0), seconds(12), seconds(0), seconds(10), 250, pal), plan.Timeline{Rate: pal, Duration: seconds(10), Frames: 250}},
		{"the container's", source(seconds(0), seconds(12), seconds(0), unknown, 0, pal), plan.Timeline{Rate: pal, Duration: seconds(12), Frames: 300}},
		{"the file starts at 10 s", source(seconds(10), seconds(14), seconds(10), seconds(4), 100, pal), plan.Timeline{Rate: pal, Duration: seconds(4), Frames: 100}},
		// The grid begins with the file, and the first picture is repeated back to it.
		{"late picture", source(seconds(-1), seconds(14), seconds(1), seconds(10), 250, pal), plan.Timeline{Rate: pal, Duration: seconds(12), Frames: 300}},
		{"unknown", source(unknown, unknown, unknown, unknown, 0, media.FrameRate{}), plan.Timeline{Rate: pal}},
		{"nothing", source(seconds(0), seconds(0), seconds(0), seconds(0), 0, pal), plan.Timeline{Rate: pal}},
		{"negative", source(seconds(0), seconds(-5), seconds(0), seconds(-5), 0, pal), plan.Timeline{Rate: pal}},
		// A real fragmented file: 40 hours stated, 31 frames there.
		{"absurd", source(seconds(0), seconds(143165), seconds(0), seconds(143165), 31, media.Rate(30000, 1001)), plan.Timeline{Rate: pal}},
		{"variable rate", source(seconds(0), seconds(100), seconds(0), seconds(100), 1000, media.Rate(30, 1)), plan.Timeline{Rate: pal, Duration: seconds(100), Frames: 2500}},
		{"hostile", source(seconds(0), seconds(math.MaxInt64), seconds(math.MinInt64), seconds(math.MaxInt64), math.MaxInt64, pal), plan.Timeline{Rate: pal}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, plan.TimelineOf(tt.src, pal)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOverride(t *testing.T) {
	pal := media.VideoStream{Size: size(720, 576), SAR: media.NewRational(16, 15), FieldOrder: "progressive", AverageRate: media.Rate(25, 1), BaseRate: media.Rate(25, 1)}
	tests := []struct {
		name string
		in   job.Input
		want func(*media.VideoStream)
	}{
		{"nothing", job.Input{}, func(*media.VideoStream) {}},
		{"auto", job.Input{FrameRate: "auto", Resolution: "auto", AspectRatio: "auto", Interlaced: "auto", Container: "auto"}, func(*media.VideoStream) {}},
		{"rate", job.Input{FrameRate: "23.97"}, func(v *media.VideoStream) {
			v.AverageRate, v.BaseRate = media.Rate(24000, 1001), media.Rate(24000, 1001)
		}},
		{"wide", job.Input{AspectRatio: "16:9"}, func(v *media.VideoStream) { v.SAR = media.NewRational(64, 45) }},
		{"interlaced", job.Input{Interlaced: "true"}, func(v *media.VideoStream) { v.FieldOrder = "tt" }},
		{"progressive", job.Input{Interlaced: "false"}, func(*media.VideoStream) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, want := pal, pal
			tt.want(&want)
			got, err := plan.Override(media.Source{Video: &v}, tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&want, got.Video); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if v != pal {
				t.Error("the caller's source was changed")
			}
		})
	}

	t.Run("of an upright picture", func(t *testing.T) {
		got, err := plan.Override(media.Source{Video: &media.VideoStream{Size: size(640, 480), Rotation: 90}}, job.Input{AspectRatio: "1:1"})
		if err != nil {
			t.Fatal(err)
		}
		w, h := got.Video.DisplaySize()
		if w != h {
			t.Errorf("shown as %v x %v, want a square", w, h)
		}
	})
	t.Run("without a picture", func(t *testing.T) {
		if got, err := plan.Override(media.Source{}, job.Input{AspectRatio: "16:9"}); err != nil || got.Video != nil {
			t.Errorf("%v, %v", got.Video, err)
		}
	})
	for _, in := range []job.Input{{FrameRate: "12"}, {AspectRatio: "wide"}, {AspectRatio: "0:0"}, {AspectRatio: "-16:9"}, {Interlaced: "maybe"}} {
		if _, err := plan.Override(media.Source{Video: &media.VideoStream{}}, in); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", in, err)
		}
	}
}

func TestPlausible(t *testing.T) {
	line := plan.Timeline{Rate: media.Rate(25, 1), Frames: 1000}
	for frames, want := range map[int64]bool{0: false, 989: false, 990: true, 1000: true, 1010: true, 1011: false} {
		if got := line.Plausible(frames); got != want {
			t.Errorf("%d of 1000 frames: %v", frames, got)
		}
	}
	short := plan.Timeline{Rate: media.Rate(25, 1), Frames: 20}
	if !short.Plausible(17) || short.Plausible(16) || !(plan.Timeline{}).Plausible(12345) {
		t.Error("three frames pass, four do not, and anything does when nothing is known")
	}
}

func TestNear(t *testing.T) {
	line := plan.Timeline{Rate: media.Rate(25, 1)}
	for _, ms := range []int64{9959, 10000, 10041} {
		if !line.Near(media.Millis(ms), seconds(10)) {
			t.Errorf("%d ms is near 10 s", ms)
		}
	}
	for _, ms := range []int64{9958, 10042, 0} {
		if line.Near(media.Millis(ms), seconds(10)) {
			t.Errorf("%d ms is not near 10 s", ms)
		}
	}
	if !line.Near(media.Timestamp{}, seconds(10)) {
		t.Error("an unknown duration passes")
	}
}
