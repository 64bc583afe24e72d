package plan_test

import (
	"testing"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
)

func TestOvershoots(t *testing.T) {
	picture, quality, sound := &plan.Rendition{BitRate: media.Kbps(900)}, &plan.Rendition{Quality: 23}, &plan.Track{BitRate: media.Kbps(100)}
	tests := []struct {
		name string
		peak media.BitRate
		r    *plan.Rendition
		t    *plan.Track
		want bool
	}{
		{"as asked", media.Kbps(1000), picture, sound, false},
		{"the container's share", media.Kbps(1120), picture, sound, false},
		{"above it", media.Kbps(1121), picture, sound, true},
		{"picture alone", media.Kbps(1011), picture, nil, true},
		{"sound alone", media.Kbps(130), nil, sound, false},
		{"no rate was asked for", media.Kbps(90000), quality, sound, false},
	}
	for _, tt := range tests {
		if got := plan.Overshoots(tt.peak, tt.r, tt.t); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
