package plan_test

import (
	"fmt"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// A phone's portrait clip as HLS in two sizes and as an MP4: what is encoded,
// from which frames, and what is written.
func ExampleNew() {
	request := job.Request{
		Inputs:          []job.Input{{Key: "clip.mov"}},
		OutputKeyPrefix: "clips/1/",
		Outputs: []job.Output{
			{Key: "large", PresetID: "1351620000001-200010", SegmentDuration: "6"},
			{Key: "small", PresetID: "1351620000001-200050", SegmentDuration: "6"},
			{Key: "clip.mp4", PresetID: "1351620000001-100070"},
		},
		Playlists: []job.Playlist{{Name: "index", Format: "HLSv3", OutputKeys: []string{"large", "small"}}},
	}
	source := media.Source{
		Ref:      media.Ref{Bucket: "uploads", Key: "clip.mov"},
		Duration: media.Seconds(20, 1),
		Video: &media.VideoStream{
			Size:        media.Size{Width: 1920, Height: 1080},
			Rotation:    90,
			AverageRate: media.Rate(72000, 2401), // what phones call 29.97
			BaseRate:    media.Rate(30000, 1001),
		},
		Audio: []media.AudioStream{{Index: 1, Channels: 1, SampleRate: 44100}},
	}
	p, err := plan.New(request, presets.Lookup, []media.Source{source}, plan.Options{ContentBucket: "public"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, g := range p.Groups {
		fmt.Printf("group %s: %d frames at %s fps\n", g.ID, g.Timeline.Frames, g.Timeline.Rate.Decimal(2))
		for _, o := range g.Outputs {
			r, _ := g.Rendition(o.Rendition)
			fmt.Printf("  output %s: %v, sound %s, first written as %s\n", o.ID, r.Picture.Frame, o.Track, o.FirstKeys()[0])
		}
	}
	fmt.Println("playlist:", p.Playlists[0].Key, "of outputs", p.Playlists[0].Outputs)
	// Output:
	// group 1: 599 frames at 29.97 fps
	//   output 1: 432x768, sound a1, first written as public/clips/1/large00000.ts
	//   output 2: 162x288, sound a1, first written as public/clips/1/small00000.ts
	// group 2: 600 frames at 30 fps
	//   output 3: 404x720, sound a1, first written as public/clips/1/clip.mp4
	// playlist: clips/1/index.m3u8 of outputs [1 2]
}

// A picture of 16:9 in the box of a preset: nearest even sides, ties downward.
func ExampleSizing_Fit() {
	p, _ := plan.Sizing{Box: media.Size{Width: 400, Height: 288}, Policy: "ShrinkToFit", Pad: true}.
		Fit(media.NewRational(1280, 1), media.NewRational(720, 1))
	fmt.Printf("scale to %v, pad to %v\n", p.Scale, p.Frame)
	// Output:
	// scale to 400x224, pad to 400x288
}
