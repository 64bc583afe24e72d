package media_test

import (
	"math/big"
	"testing"

	"github.com/everframe/everframe/internal/media"
)

// A day at 29.97 frames per second is where floats and milliseconds drift: the
// time of every frame must come back as its number.
func TestFrameTimeIsExact(t *testing.T) {
	const day = 24 * 3600
	for _, rate := range []media.FrameRate{
		media.Rate(24000, 1001), media.Rate(25, 1), media.Rate(30000, 1001), media.Rate(60000, 1001),
		media.Rate(720000, 24017), media.Rate(25, 2), media.Rate(29671, 1000),
	} {
		last := rate.Frames(media.Seconds(day, 1))
		for n := last - 1000; n <= last; n++ {
			at := rate.FrameTime(n)
			if got := rate.Mul(at.Rational); got != media.NewRational(n, 1) {
				t.Fatalf("rate %v: frame %d is at %v, which is frame %v", rate, n, at, got)
			}
			if got := rate.Frames(at); got != n {
				t.Fatalf("rate %v: %d frames fill %v, want %d", rate, got, at, n)
			}
		}
	}
}

func TestFrameTime(t *testing.T) {
	ntsc := media.Rate(30000, 1001)
	tests := []struct {
		rate media.FrameRate
		n    int64
		want media.Timestamp
	}{
		{ntsc, 0, media.Seconds(0, 1)},
		{ntsc, 1, media.Seconds(1001, 30000)},
		{ntsc, 1800, media.Seconds(60060, 1000)},
		{ntsc, 2589408, media.Seconds(863999136, 10000)}, // 86,399.9136 s
		{media.Rate(25, 1), 50, media.Seconds(2, 1)},
		{media.FrameRate{}, 50, media.Timestamp{}},
	}
	for _, tt := range tests {
		if got := tt.rate.FrameTime(tt.n); got.Cmp(tt.want.Rational) != 0 {
			t.Errorf("frame %d at %v fps is at %v, want %v", tt.n, tt.rate, got, tt.want)
		}
	}
	// Far beyond any film, still exact.
	huge := ntsc.FrameTime(1 << 50)
	want := new(big.Rat).Mul(new(big.Rat).SetInt64(1<<50), big.NewRat(1001, 30000))
	if toBig(huge.Rational).Cmp(want) != 0 {
		t.Errorf("frame 2^50 is at %v, want %v", huge, want)
	}
}

func TestFrames(t *testing.T) {
	tests := []struct {
		rate media.FrameRate
		d    media.Timestamp
		want int64
	}{
		{media.Rate(30000, 1001), media.Seconds(180246911, 1000000), 5402}, // a real film and its count
		{media.Rate(60, 1), media.Seconds(299711, 1000000), 18},
		{media.Rate(25, 1), media.Millis(10020), 251}, // 250.5: halves upward
		{media.Rate(25, 1), media.Timestamp{}, 0},
		{media.FrameRate{}, media.Seconds(5, 1), 0},
	}
	for _, tt := range tests {
		if got := tt.rate.Frames(tt.d); got != tt.want {
			t.Errorf("%v s at %v fps = %d frames, want %d", tt.d, tt.rate, got, tt.want)
		}
	}
}

func TestTimestamp(t *testing.T) {
	at, err := media.ParseTimestamp("117.353000")
	if err != nil {
		t.Fatal(err)
	}
	if at.Millis() != 117353 || at.CeilSeconds() != 118 || at.FFmpeg() != "117.353000" {
		t.Errorf("%v: %d ms, %d s, %q", at, at.Millis(), at.CeilSeconds(), at.FFmpeg())
	}
	if unknown, err := media.ParseTimestamp("N/A"); err != nil || unknown.Known() || unknown.FFmpeg() != "0.000000" {
		t.Errorf("N/A = %v, %v, %q", unknown, err, unknown.FFmpeg())
	}
	if rate, err := media.ParseFrameRate("30000/1001"); err != nil || rate != media.Rate(30000, 1001) {
		t.Errorf("30000/1001 = %v, %v", rate, err)
	}
	one, third := media.Seconds(1, 1), media.Seconds(1, 3)
	if got := one.Plus(third).Minus(one); got != third {
		t.Errorf("1 + 1/3 - 1 = %v", got)
	}
	if !third.Less(one) || one.Less(third) || one.Less(one) {
		t.Error("1/3 s must be before 1 s")
	}
	if got := third.FFmpeg(); got != "0.333333" {
		t.Errorf("1/3 s = %q", got)
	}
}

func BenchmarkFrameTime(b *testing.B) {
	rate := media.Rate(30000, 1001)
	var n int64
	for b.Loop() {
		n++
		_ = rate.FrameTime(n)
	}
}
