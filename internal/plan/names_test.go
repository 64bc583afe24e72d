package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
)

func TestOutputKeys(t *testing.T) {
	file := plan.Output{Bucket: "out", Key: "p/movie.mp4"}
	if diff := cmp.Diff([]media.Ref{{Bucket: "out", Key: "p/movie.mp4"}}, file.FirstKeys()); diff != "" {
		t.Errorf("a file (-want +got):\n%s", diff)
	}
	// No separator, nothing taken away: an extension in Key is doubled.
	hls := plan.Output{Bucket: "out", Key: "p/a.m3u8", Segment: media.Seconds(10, 1)}
	want := []media.Ref{{Bucket: "out", Key: "p/a.m3u800000.ts"}, {Bucket: "out", Key: "p/a.m3u8.m3u8"}}
	if diff := cmp.Diff(want, hls.FirstKeys()); diff != "" {
		t.Errorf("segments (-want +got):\n%s", diff)
	}
	if got := hls.SegmentKey(123456); got != "p/a.m3u8123456.ts" {
		t.Errorf("segment 123456: %q", got)
	}
	still := plan.Thumbnails{Pattern: "p/{count}-x-{count}.png"}
	if got := still.Key(7); got != "p/00007-x-00007.png" {
		t.Errorf("still 7: %q", got)
	}
}
