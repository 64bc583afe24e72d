package ffmpeg

import (
	"fmt"
	"strconv"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
)

// MuxFiles are the intermediate files an output is made of. Either may be "".
type MuxFiles struct {
	Video string // one-track MP4
	Audio string // one-track MP4, or an MP3 file
}

// ownInput are the options before files that this package's own commands wrote.
var ownInput = []string{"-protocol_whitelist", "file", "-format_whitelist", "mov,mp4,m4a,3gp,3g2,mj2,mp3"}

// inputs returns the input options and the maps for f, without encoding.
func (f MuxFiles) inputs() []string {
	var args, maps []string
	for _, name := range []string{f.Video, f.Audio} {
		if name == "" {
			continue
		}
		maps = append(maps, "-map", fmt.Sprintf("%d:0", len(maps)/2))
		args = append(append(args, ownInput...), "-i", file(name))
	}
	return append(append(args, maps...), "-c", "copy")
}

// Mux returns ffmpeg's arguments that put encoded streams into one file of the
// given container. Nothing is encoded.
func Mux(c media.Container, f MuxFiles, out string) []string {
	args := append(quiet(), f.inputs()...)
	args = append(args, exact...)
	switch c {
	case media.TSContainer:
		return append(append(args, transport...), "-f", "mpegts", file(out))
	case media.MP3Container:
		return append(args, "-f", "mp3", "-id3v2_version", "0", file(out))
	default:
		// The index comes first, so that playing starts before the file is loaded.
		return append(args, "-f", "mp4", "-movflags", "+faststart", file(out))
	}
}

// transport are the options that give every transport stream the same clock:
// the first picture at exactly 10 s, sound in step with it across files.
// ffmpeg's own defaults put audio-only files 80 ms off. The delay lets several
// frames of sound share a packet: without it 64 kbit/s of sound take 130.
var transport = []string{"-avoid_negative_ts", "disabled", "-output_ts_offset", "10", "-muxdelay", "0.35", "-muxpreload", "0", "-mpegts_copyts", "1"}

// Segment returns ffmpeg's arguments that cut encoded streams into transport
// stream segments named by pattern ("/dir/%05d.ts"), at the first key frame
// after each multiple of length, and write a playlist (names and durations) to
// list.
func Segment(f MuxFiles, length media.Timestamp, pattern, list string) []string {
	args := append(quiet(), f.inputs()...)
	args = append(args, exact...)
	args = append(args, transport[:len(transport)-2]...)
	return append(args,
		"-f", "hls",
		"-hls_time", length.FFmpeg(),
		"-hls_playlist_type", "vod", // keep every segment in the list
		"-hls_ts_options", "mpegts_copyts=1",
		"-hls_segment_filename", file(pattern),
		file(list),
	)
}

// Stills returns ffmpeg's arguments that take a plan's thumbnails from an
// encoded picture and write them as pattern ("/dir/%05d.jpg"), from 00001.
// The first is at 0 s, number n at the first frame not before n-1 intervals.
// With KeyOnly it is the last key frame not after that, where key frames keep
// their distance: waiting for the next one could lose the last still.
func Stills(t plan.Thumbnails, video, pattern string) []string {
	args := quiet()
	every := t.Interval.Decimal(3)
	// Half a millisecond makes up for times that are floats here.
	graph := "select='gte(t+0.0005,selected_n*" + every + ")'"
	if t.KeyOnly { // ten times cheaper
		args = append(args, "-skip_frame", "nokey")
		// The next key frame is expected as far away as the last one was.
		graph = "select='eq(n,0)+gt(2*t-prev_t-0.0005,selected_n*" + every + ")'"
	}
	args = append(append(args, ownInput...), "-i", file(video))
	for _, filter := range stillPicture(t.Picture) {
		graph += "," + filter
	}
	args = append(args, "-vf", graph, "-fps_mode", "vfr")
	args = append(args, exact...)
	if t.Format == "jpg" {
		args = append(args, "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p")
	} else {
		args = append(args, "-c:v", "png", "-pix_fmt", "rgb24")
	}
	return append(args, "-f", "image2", "-start_number", "1", file(pattern))
}

// stillPicture fits a picture as video does, but leaves the range to the image
// encoder: images are full range.
func stillPicture(p plan.Picture) []string {
	chain := fit(p)
	chain[0] = "scale=" + strconv.Itoa(p.Scale.Width) + ":" + strconv.Itoa(p.Scale.Height) + ":flags=bicubic"
	return chain
}
