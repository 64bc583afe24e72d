package media_test

import (
	"testing"

	"github.com/everframe/everframe/internal/media"
)

func TestDisplaySize(t *testing.T) {
	tests := []struct {
		name          string
		v             media.VideoStream
		width, height media.Rational
	}{
		{"square", stream(1920, 1080, 0, 0, 0), whole(1920), whole(1080)},
		{"unknown aspect", stream(720, 576, 0, 0, 0), whole(720), whole(576)},
		{"wide samples widen", stream(640, 360, 2, 1, 0), whole(1280), whole(360)},
		{"PAL 16:9", stream(720, 576, 64, 45, 0), whole(1024), whole(576)},
		// Tall samples heighten: nothing is ever thrown away.
		{"NTSC 4:3", stream(720, 480, 8, 9, 0), whole(720), whole(540)},
		{"not whole", stream(854, 480, 1280, 1281, 0), whole(854), media.NewRational(480*1281, 1280)},
		{"quarter turn", stream(3840, 2160, 0, 0, 90), whole(2160), whole(3840)},
		{"half turn", stream(3840, 2160, 1, 1, 180), whole(3840), whole(2160)},
		{"turned after widening", stream(640, 360, 2, 1, 270), whole(360), whole(1280)},
		{"negative aspect", stream(640, 360, -2, 1, 0), whole(640), whole(360)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if w, h := tt.v.DisplaySize(); w != tt.width || h != tt.height {
				t.Errorf("%v x %v, want %v x %v", w, h, tt.width, tt.height)
			}
		})
	}
}

func stream(width, height int, sarNum, sarDen int64, rotation int) media.VideoStream {
	return media.VideoStream{Size: media.Size{Width: width, Height: height}, SAR: media.NewRational(sarNum, sarDen), Rotation: rotation}
}

func whole(n int64) media.Rational { return media.NewRational(n, 1) }

func TestInterlaced(t *testing.T) {
	for order, want := range map[string]bool{"": false, "progressive": false, "unknown": false, "tt": true, "bb": true, "tb": true, "bt": true} {
		if got := (media.VideoStream{FieldOrder: order}).Interlaced(); got != want {
			t.Errorf("%q: %v", order, got)
		}
	}
}

func TestRef(t *testing.T) {
	if got := (media.Ref{Bucket: "in", Key: "/a//b"}).String(); got != "in//a//b" {
		t.Errorf("keys must stay as they are: %q", got)
	}
	if !(media.Ref{}).IsZero() || media.Work("x").IsZero() || media.Work("x").Bucket != media.WorkBucket {
		t.Error("zero references")
	}
}
