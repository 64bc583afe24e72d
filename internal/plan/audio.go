package plan

import (
	"fmt"
	"slices"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/presets"
)

// audioRates are the sample rates each encoder takes, in Hz, ascending.
var audioRates = map[media.Codec][]int{
	media.AAC: {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000},
	media.MP3: {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000},
}

// layouts name n channels for ffmpeg, by number of channels.
var layouts = [...]string{1: "mono", 2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}

const defaultBitRatePerChannel = 64 // kbit/s, for presets that say none

// track turns a preset's audio settings into the sound to encode, and returns
// the sentences to warn the customer with. No track and no error mean silence:
// Channels "0".
// It reports fault.Unsupported for codecs this version cannot encode.
func track(a presets.Audio, src media.AudioStream) (*Track, []string, error) {
	var codec media.Codec
	switch a.Codec {
	case "AAC":
		codec = media.AAC
	case "mp3":
		codec = media.MP3
	default:
		return nil, nil, unsupported("audio codec '%s'", a.Codec)
	}
	if a.Channels == "0" {
		return nil, nil, nil
	}
	n := numbers{}
	t := &Track{
		Codec:      codec,
		BitRate:    media.Kbps(n.optional("BitRate", a.BitRate)),
		SampleRate: int(n.orAuto("SampleRate", a.SampleRate, int64(src.SampleRate))),
		Channels:   int(n.orAuto("Channels", a.Channels, int64(src.Channels))),
	}
	if n.err != nil {
		return nil, nil, n.err
	}
	var warnings []string
	if a.Channels != "auto" && src.Channels > t.Channels && src.Channels > 2 {
		// W: text seen on the real wire, for 6 channels into 2.
		warnings = append(warnings, fmt.Sprintf("The input file for this job contains %d audio channels and the preset is configured for %d audio channels. Amazon Elastic Transcoder audio-channel mapping may not result in the desired audio.", src.Channels, t.Channels))
	}
	if codec == media.AAC {
		t.Profile = "AAC-LC"
		if p := aacProfile(a); p != "" && p != "auto" && p != t.Profile {
			warnings = append(warnings, fmt.Sprintf("The audio profile %s is not available; AAC-LC was used instead.", p))
		}
	}
	most := len(layouts) - 1
	if codec == media.MP3 {
		most = 2
	}
	t.Channels = min(max(t.Channels, 1), most)
	t.Layout = layouts[t.Channels]
	t.SampleRate = nearestRate(audioRates[codec], t.SampleRate)
	if t.BitRate == 0 {
		t.BitRate = media.Kbps(int64(defaultBitRatePerChannel * t.Channels))
	}
	return t, warnings, nil
}

func aacProfile(a presets.Audio) string {
	if a.CodecOptions == nil {
		return ""
	}
	return a.CodecOptions.Profile
}

// nearestRate returns the highest allowed rate not above want, the lowest one
// when all are above. An unknown rate (0) becomes 44100 Hz.
func nearestRate(allowed []int, want int) int {
	if want <= 0 {
		want = 44100
	}
	i, found := slices.BinarySearch(allowed, want)
	if found || i == 0 {
		return allowed[i]
	}
	return allowed[i-1]
}
