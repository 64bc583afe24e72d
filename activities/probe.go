package activities

import (
	"context"
	"strings"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/proc"
	"github.com/everframe/everframe/job"
)

// ProbeInput names an input of a job.
type ProbeInput struct {
	Job    job.ID
	Source media.Ref
	Number int // of the input in the request, from 0
}

// ProbeResult is what was found. Keys are not in it: a long file's index is
// kept in the work bucket at Source.KeyIndex.
type ProbeResult struct {
	Source  media.Source
	Command string // the line that ran
}

// Probe reads what an input holds, and where decoding can begin if it is long
// enough to be cut.
//
// Errors: NotFound (3001, 3005), BadInput (4000), Unavailable.
func (a *Activities) Probe(ctx context.Context, in ProbeInput) (ProbeResult, error) {
	out, err := a.probe(ctx, in)
	return out, reported(ctx, err)
}

func (a *Activities) probe(ctx context.Context, in ProbeInput) (ProbeResult, error) {
	info, err := a.Store.Stat(ctx, in.Source)
	if err != nil {
		return ProbeResult{}, err
	}
	path, release, err := a.local(ctx, in.Source)
	if err != nil {
		return ProbeResult{}, err
	}
	defer release()
	h := startHeart(ctx, working)
	defer h.close()

	var text strings.Builder
	args := ffmpeg.Probe(path)
	if _, err := a.Run.FFprobe(ctx, args, collect(&text)); err != nil {
		return ProbeResult{}, unreadable(err)
	}
	s, err := ffmpeg.ParseProbe([]byte(text.String()))
	if err != nil {
		return ProbeResult{}, err
	}
	s.Ref, s.Bytes, s.ETag = in.Source, info.Bytes, info.ETag
	if s.HasVideo() && (!s.Duration.Known() || !s.Duration.Less(a.Planning.Whole())) {
		if err := a.index(ctx, path, in, &s); err != nil {
			return ProbeResult{}, err
		}
	}
	return ProbeResult{Source: s, Command: line("ffprobe", args)}, nil
}

// index lists the seek points of s, stores them, and learns the duration if
// the container does not say.
func (a *Activities) index(ctx context.Context, path string, in ProbeInput, s *media.Source) error {
	x := ffmpeg.Index{Start: s.Start}
	if _, err := a.Run.FFprobe(ctx, ffmpeg.Packets(path, s.Video.Index), x.Line); err != nil {
		return unreadable(err)
	}
	if !s.Duration.Known() {
		s.Duration = x.Duration()
	}
	if s.Video.Frames == 0 {
		s.Video.Frames = x.Packets()
	}
	s.KeyIndex = media.Work(jobWork(in.Job) + "keys-" + decimal(in.Number) + ".json")
	return a.keep(ctx, s.KeyIndex, x.Keys())
}

// collect returns a line function that keeps the lines.
func collect(to *strings.Builder) func(string) {
	return func(line string) {
		to.WriteString(line)
		to.WriteByte('\n')
	}
}

// unreadable is what a failed reading of a customer's file means: the file is
// to blame, unless the process was stopped from outside.
func unreadable(err error) error {
	var exit *proc.ExitError
	if !asExit(err, &exit) || exit.Signal != 0 {
		return err
	}
	return fault.New("activities.Probe", fault.BadInput, fault.BadInputFile, "%s", fault.BadInputFile.Text()).Because(err)
}
