package activities

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
)

// StillsInput is an output's encoded picture and the thumbnails it wants.
type StillsInput struct {
	Job        job.ID
	Output     string // output id
	Thumbnails plan.Thumbnails
	Video      media.Ref
}

// StillsResult is the list of staged thumbnails.
type StillsResult struct {
	Staged  media.Ref
	Count   int64
	Command string
}

// Stills takes an output's thumbnails from its encoded picture and stages them.
//
// Errors: Internal, Unavailable.
func (a *Activities) Stills(ctx context.Context, in StillsInput) (StillsResult, error) {
	out, err := a.stills(ctx, in)
	return out, reported(ctx, err)
}

func (a *Activities) stills(ctx context.Context, in StillsInput) (StillsResult, error) {
	ctx, h := startHeart(ctx, working)
	defer h.close()
	video, release, err := a.intermediate(ctx, h, in.Video)
	if err != nil {
		return StillsResult{}, err
	}
	defer release()
	dir, remove, err := a.scratch()
	if err != nil {
		return StillsResult{}, err
	}
	defer remove()
	h.watch(dir)
	args := ffmpeg.Stills(in.Thumbnails, video, filepath.Join(dir, "%05d."+in.Thumbnails.Format))
	if _, err := a.Run.FFmpeg(ctx, args, nil); err != nil {
		return StillsResult{}, muxFailed(err)
	}
	s := a.newStage(ctx, h, in.Job, "stills-"+in.Output)
	out := StillsResult{Command: line("ffmpeg", args)}
	for n := int64(1); ; n++ {
		path := filepath.Join(dir, fmt.Sprintf("%05d.%s", n, in.Thumbnails.Format))
		if _, err := os.Stat(path); err != nil {
			break
		}
		if err := s.file(ctx, path, media.Ref{Bucket: in.Thumbnails.Bucket, Key: in.Thumbnails.Key(n)}); err != nil {
			return StillsResult{}, err
		}
		out.Count = n
	}
	if out.Count == 0 {
		return StillsResult{}, fault.New("activities.Stills", fault.Internal, 0, "").On("no thumbnail was written")
	}
	out.Staged, err = s.close(ctx)
	return out, err
}
