package ffmpeg

import (
	"strconv"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
)

// video returns the encoder arguments of r.
func video(r plan.Rendition) []string {
	gop := strconv.Itoa(r.GOP)
	args := []string{"-c:v", "libx264", "-preset", r.Effort}
	if r.Profile != "" {
		args = append(args, "-profile:v", r.Profile)
	}
	if r.Level != "" {
		args = append(args, "-level:v", r.Level)
	}
	if r.References > 0 {
		args = append(args, "-refs", strconv.Itoa(r.References))
	}
	args = append(args, "-bf", strconv.Itoa(r.BFrames), "-g", gop)
	if r.FixedGOP {
		// Key frames only where the grid wants them: none at scene cuts, and
		// none sooner.
		args = append(args, "-keyint_min", gop, "-sc_threshold", "0")
	}
	if r.BitRate > 0 {
		args = append(args, "-b:v", bits(r.BitRate))
	} else {
		args = append(args, "-crf", strconv.Itoa(r.Quality))
	}
	if r.MaxBitRate > 0 {
		args = append(args, "-maxrate", bits(r.MaxBitRate), "-bufsize", strconv.FormatInt(r.BufferBits, 10))
	}
	args = append(args,
		"-pix_fmt", r.PixelFormat,
		"-a53cc", "0", // captions are ours to write: the encoder would copy them even where frames are dropped
		"-threads", strconv.Itoa(r.Threads), // 0: as many as the encoder likes
		"-flags:v", "+bitexact", // no version of ffmpeg in the description, which must be the same for all chunks
	)
	if r.BFrames > 0 {
		// A pyramid adds a reference frame beyond what the preset allows.
		args = append(args, "-x264-params", "b-pyramid=none")
	}
	return args
}

func bits(r media.BitRate) string { return strconv.FormatInt(int64(r), 10) }

// EncodeTrack returns ffmpeg's arguments that encode one sound, whole, from
// source into out: an MP4 file for AAC, an MP3 file for mp3. Sound starts with
// the file: silence fills what is missing at the start and in gaps.
func EncodeTrack(in plan.Input, t plan.Track, source, out string) []string {
	args := append(quiet(), "-progress", "pipe:1", "-stats_period", "0.5", "-vn")
	args = append(args, clock(in.Start, media.Timestamp{})...)
	args = append(args, input(source)...)
	args = append(args, "-map", "0:"+strconv.Itoa(in.AudioStream))
	args = append(args, exact...)
	args = append(args, "-af", sound(t, in.Channels))
	rate := []string{"-b:a", bits(t.BitRate), "-ar", strconv.Itoa(t.SampleRate), "-ac", strconv.Itoa(t.Channels), "-flags:a", "+bitexact"}
	switch t.Codec {
	case media.MP3:
		args = append(append(args, "-c:a", "libmp3lame"), rate...)
		return append(args, "-f", "mp3", "-id3v2_version", "0", file(out))
	default:
		args = append(append(args, "-c:a", "aac", "-profile:a", "aac_low"), rate...)
		return append(args, "-f", "mp4", file(out))
	}
}

// sound returns the audio filters. Every chain ends in aformat: without it a
// filter's own rate or layout would reach the encoder.
func sound(t plan.Track, sourceChannels int) string {
	chain := "aresample=async=1:first_pts=0"
	if sourceChannels == 1 && t.Channels == 2 {
		chain += ",pan=stereo|c0=c0|c1=c0" // two identical channels at full level, as ET made; a plain upmix takes 3 dB off
	}
	return chain + ",aformat=sample_rates=" + strconv.Itoa(t.SampleRate) + ":channel_layouts=" + t.Layout
}
