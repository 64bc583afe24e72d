package ffmpeg

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
)

// EncodeStep is the encoding of one chunk into one or several renditions by
// one process: one decoding, N encoders.
type EncodeStep struct {
	Input      plan.Input
	Timeline   plan.Timeline
	Chunk      plan.Chunk
	Renditions []plan.Rendition // at least one
}

// EncodeFiles are the local files of an [EncodeStep].
type EncodeFiles struct {
	Source string   // the input
	Out    []string // a fragmented MP4 for each rendition, in order
	Hashes string   // frame hashes at the chunk's borders; used when the step is [EncodeStep.Hashed]
}

// Hashed reports whether the step writes frame hashes: those of its first frame
// and of the frame after its last, as far as it has neighbours there. Equal
// hashes on both sides of a border prove that the cut is exact.
func (s EncodeStep) Hashed() bool { return s.Chunk.First > 0 || s.Chunk.End > 0 }

// Encode returns ffmpeg's arguments for s. Progress goes to standard output
// (see [Progress]).
//
// The recipe, exact on every source kind tried (mp4, ts, mkv, avi, ps; constant
// and variable rates; open GOPs; start times other than zero):
//
//	clock: -copyts -itsoffset <minus the file's start>
//	seek:  -noaccurate_seek -ss <decoding time of an earlier key frame>
//	grid:  fps=R numbers the frames absolutely, whatever came before
//	cut:   trim by frame number, never by seconds
func Encode(s EncodeStep, f EncodeFiles) []string {
	args := append(quiet(), "-progress", "pipe:1", "-stats_period", "0.5")
	if s.single() { // one thread for decoding and filters, too: other processes use the other cores
		args = append(args, "-filter_complex_threads", "1", "-threads", "1")
	}
	args = append(args, clock(s.Input.Start, s.Chunk.Seek)...)
	args = append(args, input(f.Source)...)
	args = append(args, "-filter_complex", s.graph())
	for i, r := range s.Renditions {
		args = append(args, "-map", "[out"+strconv.Itoa(i)+"]")
		args = append(args, exact...)
		args = append(args, "-fps_mode", "passthrough") // the graph has the rate right: drop and repeat nothing
		args = append(args, video(r)...)
		// Fragments at key frames, so that chunks can be joined by rewriting
		// integers; the header after the first fragment, so that it knows the
		// stream; offsets relative to the fragment, so that it can be moved.
		args = append(args, "-f", "mp4", "-movflags", "frag_keyframe+delay_moov+default_base_moof", file(f.Out[i]))
	}
	if s.Hashed() {
		args = append(args, "-map", "[hash]", "-fps_mode", "passthrough", "-f", "framemd5", file(f.Hashes))
	}
	return args
}

func (s EncodeStep) single() bool {
	for _, r := range s.Renditions {
		if r.Threads != 1 {
			return false
		}
	}
	return true
}

// clock returns the input options that count time from the file's start and
// begin reading at a decoding time. Accurate seeking is off: it drops the frame
// that spans the point.
//
// The start is told, not left to -start_at_zero. Picture and sound are read
// apart, and of a transport or program stream, or Ogg, ffmpeg takes the start
// of the streams it reads: the two would lose their distance. ffmpeg 5.1 does
// so whenever the offset equals the start, hence a microsecond beside it, which
// is less than half a tick of these formats' clocks.
func clock(start, seek media.Timestamp) []string {
	offset := media.Seconds(1, 1_000_000).Minus(start)
	args := []string{"-copyts", "-itsoffset", offset.FFmpeg()}
	if seek.Sign() > 0 {
		args = append(args, "-noaccurate_seek", "-ss", seek.FFmpeg())
	}
	return args
}

// graph returns the filter graph. The order matters for exactness: deinterlace,
// rate, cut, then whatever changes the picture.
func (s EncodeStep) graph() string {
	var g strings.Builder
	fmt.Fprintf(&g, "[0:%d]", s.Input.VideoStream)
	if s.Input.Deinterlace {
		g.WriteString("bwdif=mode=send_frame:parity=auto:deint=all,")
	}
	fmt.Fprintf(&g, "fps=%s", s.Timeline.Rate)
	if s.Chunk.Seek.Sign() <= 0 {
		// A late first frame is repeated back to the start. After a seek it is
		// not the first, and the grid holds without.
		g.WriteString(":start_time=0")
	}
	if s.Hashed() {
		g.WriteString(",split=2[cut][near];" + s.borders() + "[cut]" + s.trim())
	}
	g.WriteString(",")
	if n := len(s.Renditions); n > 1 {
		fmt.Fprintf(&g, "split=%d", n)
		for i := range n {
			fmt.Fprintf(&g, "[in%d]", i)
		}
		for i, r := range s.Renditions {
			fmt.Fprintf(&g, ";[in%d]%s[out%d]", i, picture(r), i)
		}
		return g.String()
	}
	g.WriteString(picture(s.Renditions[0]) + "[out0]")
	return g.String()
}

// trim cuts by frame number, and numbers what is left from 0. After fps a
// frame's timestamp is its number on the grid. The shift is that number, not
// "the first frame that came": a missing one must show, not move the rest.
func (s EncodeStep) trim() string {
	first, end := s.Chunk.First, s.Chunk.End
	switch {
	case first == 0:
		return fmt.Sprintf("trim=end_pts=%d", end)
	case end == 0:
		return fmt.Sprintf("trim=start_pts=%d,setpts=PTS-%d", first, first)
	}
	return fmt.Sprintf("trim=start_pts=%d:end_pts=%d,setpts=PTS-%d", first, end, first)
}

// borders picks the frames to hash: the first of this chunk and the first of
// the next, numbered as the chunk's own are. The branch ends there, or ffmpeg
// would read on to the file's end.
func (s EncodeStep) borders() string {
	first, end := s.Chunk.First, s.Chunk.End
	switch {
	case end == 0:
		return fmt.Sprintf("[near]trim=start_pts=%d:end_pts=%d,setpts=PTS-%d[hash];", first, first+1, first)
	case first == 0:
		return fmt.Sprintf("[near]trim=start_pts=%d:end_pts=%d[hash];", end, end+1)
	}
	return fmt.Sprintf("[near]trim=start_pts=%d:end_pts=%d,select='eq(pts,%d)+eq(pts,%d)',setpts=PTS-%d[hash];", first, end+1, first, end, first)
}
