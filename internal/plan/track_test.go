package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// one plans one output of a preset.
func one(t *testing.T, preset presets.Preset, src media.Source) plan.Plan {
	t.Helper()
	req := job.Request{Inputs: []job.Input{{Key: "in"}}, Outputs: []job.Output{{Key: "out", PresetID: "p"}}}
	p, err := plan.New(req, func(job.ID) (presets.Preset, bool) { return preset, true }, []media.Source{src}, plan.Options{ContentBucket: "b"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTrack(t *testing.T) {
	const warning = "The input file for this job contains 6 audio channels and the preset is configured for 2 audio channels. Amazon Elastic Transcoder audio-channel mapping may not result in the desired audio."
	aac := func(channels, rate, bits string) presets.Audio {
		return presets.Audio{Codec: "AAC", Channels: channels, SampleRate: rate, BitRate: bits, CodecOptions: &presets.AudioCodecOptions{Profile: "AAC-LC"}}
	}
	mp3 := func(channels, rate string) presets.Audio {
		return presets.Audio{Codec: "mp3", Channels: channels, SampleRate: rate, BitRate: "128"}
	}
	tests := []struct {
		name     string
		preset   presets.Audio
		channels int
		rate     int
		want     plan.Track // without ID and codec
		warnings []string
	}{
		{"stereo", aac("2", "44100", "128"), 2, 48000, plan.Track{BitRate: 128000, SampleRate: 44100, Channels: 2, Layout: "stereo"}, nil},
		{"mono downmix", aac("1", "44100", "64"), 2, 48000, plan.Track{BitRate: 64000, SampleRate: 44100, Channels: 1, Layout: "mono"}, nil},
		{"two of one", aac("2", "auto", "128"), 1, 22050, plan.Track{BitRate: 128000, SampleRate: 22050, Channels: 2, Layout: "stereo"}, nil},
		{"six into two", aac("2", "auto", "128"), 6, 48000, plan.Track{BitRate: 128000, SampleRate: 48000, Channels: 2, Layout: "stereo"}, []string{warning}},
		{"six kept", aac("auto", "auto", "320"), 6, 48000, plan.Track{BitRate: 320000, SampleRate: 48000, Channels: 6, Layout: "5.1"}, nil},
		{"sixteen to eight", aac("auto", "auto", ""), 16, 48000, plan.Track{BitRate: 512000, SampleRate: 48000, Channels: 8, Layout: "7.1"}, nil},
		{"mp3 has two at most", mp3("auto", "auto"), 6, 48000, plan.Track{BitRate: 128000, SampleRate: 48000, Channels: 2, Layout: "stereo"}, nil},
		{"mp3 has 48 kHz at most", mp3("2", "auto"), 2, 96000, plan.Track{BitRate: 128000, SampleRate: 48000, Channels: 2, Layout: "stereo"}, nil},
		{"AAC has 96 kHz at most", aac("2", "192000", "128"), 2, 192000, plan.Track{BitRate: 128000, SampleRate: 96000, Channels: 2, Layout: "stereo"}, nil},
		{
			"HE-AAC",
			presets.Audio{Codec: "AAC", Channels: "2", BitRate: "64", CodecOptions: &presets.AudioCodecOptions{Profile: "HE-AAC"}},
			2, 48000,
			plan.Track{BitRate: 64000, SampleRate: 48000, Channels: 2, Layout: "stereo"},
			[]string{"The audio profile HE-AAC is not available; AAC-LC was used instead."},
		},
		{"below the lowest rate", aac("2", "auto", "64"), 1, 4000, plan.Track{BitRate: 64000, SampleRate: 8000, Channels: 2, Layout: "stereo"}, nil},
		{"nothing known", aac("auto", "auto", "64"), 0, 0, plan.Track{BitRate: 64000, SampleRate: 44100, Channels: 1, Layout: "mono"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := media.Source{Audio: []media.AudioStream{{Channels: tt.channels, SampleRate: tt.rate}}}
			p := one(t, presets.Preset{Container: "mp4", Audio: &tt.preset}, src)
			if len(p.Refused) > 0 {
				t.Fatalf("refused: %+v", p.Refused)
			}
			tt.want.ID, tt.want.Codec, tt.want.Profile = "a1", media.AAC, "AAC-LC"
			if tt.preset.Codec == "mp3" {
				tt.want.Codec, tt.want.Profile = media.MP3, ""
			}
			if diff := cmp.Diff([]plan.Track{tt.want}, p.Groups[0].Tracks); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.warnings, p.Groups[0].Outputs[0].Warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

// What a preset may not say: each is refused alone, with a kind and no panic.
func TestPresetsRefused(t *testing.T) {
	h264 := func(change func(*presets.Video)) presets.Preset {
		v := presets.Video{Codec: "H.264", CodecOptions: map[string]string{"Profile": "main", "Level": "3"}, KeyframesMaxDist: "60", FrameRate: "auto", MaxWidth: "auto", MaxHeight: "auto", BitRate: "auto"}
		change(&v)
		return presets.Preset{Container: "mp4", Video: &v}
	}
	audio := func(container, codec, channels string) presets.Preset {
		return presets.Preset{Container: container, Audio: &presets.Audio{Codec: codec, Channels: channels}}
	}
	tests := []struct {
		name   string
		preset presets.Preset
		code   fault.Code
	}{
		{"video codec", h264(func(v *presets.Video) { v.Codec = "vp8" }), 4006},
		{"interlaced", h264(func(v *presets.Video) { v.CodecOptions["InterlacedMode"] = "Auto" }), 4006},
		{"colour", h264(func(v *presets.Video) { v.CodecOptions["ColorSpaceConversionMode"] = "Bt709ToBt601" }), 4006},
		{"GOP", h264(func(v *presets.Video) { v.KeyframesMaxDist = "-1" }), 1000},
		{"huge GOP", h264(func(v *presets.Video) { v.KeyframesMaxDist = "99999999999" }), 1000},
		{"bit rate", h264(func(v *presets.Video) { v.BitRate = "fast" }), 1000},
		{"width", h264(func(v *presets.Video) { v.MaxWidth = "wide" }), 1000},
		{"zero width", h264(func(v *presets.Video) { v.MaxWidth = "0" }), 4008},
		{"huge width", h264(func(v *presets.Video) { v.MaxWidth, v.SizingPolicy = "2000000000", "Stretch" }), 4008},
		{"resolution", h264(func(v *presets.Video) { v.Resolution = "640" }), 1000},
		{"policy", h264(func(v *presets.Video) { v.SizingPolicy = "Squeeze" }), 1000},
		{"aspect", h264(func(v *presets.Video) { v.DisplayAspectRatio = "0:1" }), 1000},
		{"old aspect", h264(func(v *presets.Video) { v.Resolution, v.AspectRatio = "640x480", "x" }), 1000},
		{"mp3 in name only", audio("mp3", "AAC", "2"), 4006},
		{"flac", audio("mp4", "flac", "2"), 4006},
		{"no sound at all", audio("mp4", "AAC", "0"), 4008},
		{"nothing at all", presets.Preset{Container: "mp4"}, 4008},
		{"container", audio("avi", "AAC", "2"), 4006},
	}
	src := media.Source{
		Video: &media.VideoStream{Size: media.Size{Width: 640, Height: 480}},
		Audio: []media.AudioStream{{Channels: 2, SampleRate: 48000}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := one(t, tt.preset, src)
			if len(p.Groups) != 0 || len(p.Refused) != 1 || p.Refused[0].Code != tt.code {
				t.Errorf("%d groups, refused %+v, want code %d", len(p.Groups), p.Refused, tt.code)
			}
		})
	}
}

// Reference frames are what the level's decoder can hold, never none.
func TestReferences(t *testing.T) {
	tests := []struct {
		profile, level, refs string
		width, height        int
		want, bframes        int
	}{
		{"main", "3.1", "3", 1280, 720, 3, 2},
		{"main", "3", "3", 1280, 720, 2, 2},    // 8100 / 3600 macroblocks
		{"main", "1", "3", 640, 480, 1, 0},     // less than one: one
		{"main", "4.1", "16", 1280, 720, 9, 2}, // 32768 / 3600
		{"main", "4.1", "16", 320, 240, 16, 2},
		{"main", "3.1", "", 640, 480, 3, 2}, // not said
		{"main", "3.1", "0", 640, 480, 1, 0},
		{"main", "5.2", "5", 1280, 720, 5, 2}, // a level we do not know limits nothing
		{"baseline", "3.1", "3", 640, 480, 3, 0},
	}
	for _, tt := range tests {
		options := map[string]string{"Profile": tt.profile, "Level": tt.level}
		if tt.refs != "" {
			options["MaxReferenceFrames"] = tt.refs
		}
		preset := presets.Preset{Container: "mp4", Video: &presets.Video{Codec: "H.264", CodecOptions: options, FrameRate: "25", BitRate: "600", MaxWidth: "auto", MaxHeight: "auto", SizingPolicy: "Keep"}}
		p := one(t, preset, media.Source{Video: &media.VideoStream{Size: media.Size{Width: tt.width, Height: tt.height}}})
		r := p.Groups[0].Renditions[0]
		if r.References != tt.want || r.BFrames != tt.bframes || r.GOP != 90 {
			t.Errorf("%s %s %sr %dx%d: %d references, %d B-frames, GOP %d, want %d, %d and 90", tt.profile, tt.level, tt.refs, tt.width, tt.height, r.References, r.BFrames, r.GOP, tt.want, tt.bframes)
		}
	}
}
