package host

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/everframe/everframe/internal/proc"
)

// runner runs ffmpeg and ffprobe within limits.
type runner struct {
	ffmpeg, ffprobe string
}

// The limits of an external program. Source: measured needs of a ladder from
// 1080p (1.5 GB of address space for one rendition), with room to spare; what
// is beyond is a file made to exhaust the machine.
const (
	addressSpace = 8 << 30
	openFiles    = 256
	// nice leaves the processors to heartbeats and API calls first: encoders take
	// all they get, and a worker whose heartbeats starve is taken for dead.
	nice = 5
	// hung is how long ffmpeg may print no progress at all.
	hung = 5 * time.Minute
)

func newRunner(ffmpeg, ffprobe string) runner {
	r := runner{ffmpeg: "ffmpeg", ffprobe: "ffprobe"}
	if ffmpeg != "" {
		r.ffmpeg = ffmpeg
	}
	if ffprobe != "" {
		r.ffprobe = ffprobe
	}
	return r
}

// FFmpeg implements activities.Runner.
func (r runner) FFmpeg(ctx context.Context, args []string, onLine func(string)) (proc.Result, error) {
	c := command(r.ffmpeg, args)
	if onLine != nil {
		c.Stall = hung
	}
	return proc.Run(ctx, c, onLine)
}

// FFprobe implements activities.Runner.
func (r runner) FFprobe(ctx context.Context, args []string, onLine func(string)) (proc.Result, error) {
	return proc.Run(ctx, command(r.ffprobe, args), onLine)
}

func command(path string, args []string) proc.Command {
	return proc.Command{Path: path, Args: args, Nice: nice, Limits: proc.Limits{AddressSpace: addressSpace, OpenFiles: openFiles}}
}

// build returns a name for the build of ffmpeg and its libraries, from what it
// says of itself: another build may encode to other bytes.
func (r runner) build(ctx context.Context) (string, error) {
	var text strings.Builder
	_, err := r.FFmpeg(ctx, []string{"-version"}, func(line string) { text.WriteString(line + "\n") })
	if err != nil {
		return "", err
	}
	first, _, _ := strings.Cut(text.String(), "\n")
	sum := sha256.Sum256([]byte(text.String()))
	return first + " " + hex.EncodeToString(sum[:8]), nil
}
