package testmedia

import (
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
)

// Spec says what a clip is. The zero value is one second of 320x180 at 25
// frames a second, H.264 in MP4, without sound.
type Spec struct {
	Size    string  // "WxH"; empty: 320x180
	Rate    string  // frames per second, "30000/1001"; empty: 25
	Seconds float64 // length; 0: 1
	Source  string  // lavfi video source without size and rate, e.g. "smptebars"; empty: testsrc2, whose frames all differ
	NoVideo bool    // sound only
	Audio   bool    // a 440 Hz tone, 48 kHz, stereo

	// Container is the file name's extension, which selects ffmpeg's muxer
	// ("ts", "mkv", "avi", "m4a", …); empty: mp4.
	Container string

	// VideoArgs replace the default video encoder arguments (a fast x264 with
	// a key frame every second and two B-frames).
	VideoArgs []string

	// AudioArgs replace the default audio encoder arguments (AAC, 96 kbit/s).
	AudioArgs []string

	// Args are added last, before the output's name: filters, muxer options.
	Args []string
}

// Clip makes the clip s describes in the test's own directory and returns its
// path. Equal specs give equal pictures and sound.
func Clip(t testing.TB, s Spec) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "clip."+or(s.Container, "mp4"))
	FFmpeg(t, append(s.args(), "file:"+file)...)
	return file
}

func (s Spec) args() []string {
	seconds := s.Seconds
	if seconds == 0 {
		seconds = 1
	}
	length := strconv.FormatFloat(seconds, 'f', 6, 64)
	rate := or(s.Rate, "25")

	var in, out []string
	if !s.NoVideo {
		in = append(in, "-f", "lavfi", "-i", fmt.Sprintf("%s=size=%s:rate=%s:duration=%s", or(s.Source, "testsrc2"), or(s.Size, "320x180"), rate, length))
		video := s.VideoArgs
		if video == nil {
			video = []string{
				"-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-pix_fmt", "yuv420p", "-threads", "1",
				"-force_key_frames", "expr:gte(t,n_forced)",
			}
		}
		out = append(append(out, "-map", "0:v"), video...)
	}
	if s.Audio || s.NoVideo {
		in = append(in, "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration="+length)
		audio := s.AudioArgs
		if audio == nil {
			audio = []string{"-c:a", "aac", "-b:a", "96k", "-ac", "2"}
		}
		index := "1:a"
		if s.NoVideo {
			index = "0:a"
		}
		out = append(append(out, "-map", index), audio...)
	}
	return append(append(in, out...), s.Args...)
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
