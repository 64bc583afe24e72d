package activities

import (
	"bytes"
	"context"

	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/media"
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
	ctx, h := startHeart(ctx, working)
	defer h.close()
	info, err := a.Store.Stat(ctx, in.Source)
	if err != nil {
		return ProbeResult{}, err
	}
	path, release, err := a.local(ctx, h, in.Source)
	if err != nil {
		return ProbeResult{}, err
	}
	defer release()
	s, err := a.describe(ctx, path)
	if err != nil {
		return ProbeResult{}, unreadable(err)
	}
	s.Ref, s.Bytes, s.ETag = in.Source, info.Bytes, info.ETag
	if s.HasVideo() && (!s.Duration.Known() || !s.Duration.Less(a.Planning.Whole())) {
		if err := a.index(ctx, h, path, in, &s); err != nil {
			return ProbeResult{}, err
		}
	}
	return ProbeResult{Source: s, Command: line("ffprobe", ffmpeg.Probe(path))}, nil
}

// describe has ffprobe describe a file.
func (a *Activities) describe(ctx context.Context, path string) (media.Source, error) {
	var text answer
	if _, err := a.Run.FFprobe(ctx, ffmpeg.Probe(path), text.line); err != nil {
		return media.Source{}, err
	}
	return ffmpeg.ParseProbe(text.Bytes())
}

// index lists the seek points of s, stores them, and learns the duration if
// the container does not say.
func (a *Activities) index(ctx context.Context, h *heart, path string, in ProbeInput, s *media.Source) error {
	x := ffmpeg.Index{Start: s.Start}
	if _, err := a.Run.FFprobe(ctx, ffmpeg.Packets(path, s.Video.Index), func(line string) {
		h.move()
		x.Line(line)
	}); err != nil {
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

// answer collects lines. Beyond a bound it drops them, which leaves no JSON: a
// file with a million streams is made to exhaust us.
type answer struct {
	bytes.Buffer
}

const maxAnswer = 8 << 20 // a film with a hundred streams has 200 KB

func (a *answer) line(text string) {
	if a.Len() < maxAnswer {
		a.WriteString(text)
		a.WriteByte('\n')
	}
}
