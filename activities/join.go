package activities

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/packaging/fmp4"
	"github.com/everframe/everframe/job"
)

// JoinInput is a rendition's pieces in the order of the plan's chunks.
type JoinInput struct {
	Job    job.ID
	Name   string // unique in the job: group and rendition
	Pieces []Piece
}

// JoinResult tells where the joined rendition lies.
type JoinResult struct {
	Ref    media.Ref
	Frames int64

	// Seamless is false when two neighbours do not fit: the frame after one
	// chunk's last is not the next one's first, or the streams differ. Nothing
	// was joined; the way out is to encode in one pass.
	Seamless bool
}

// Join makes one file of a rendition's pieces, by rewriting their times as
// integers. It first checks that neighbours agree on the frames at their
// border.
//
// Errors: Unavailable, Internal.
func (a *Activities) Join(ctx context.Context, in JoinInput) (JoinResult, error) {
	out, err := a.join(ctx, in)
	return out, reported(ctx, err)
}

func (a *Activities) join(ctx context.Context, in JoinInput) (JoinResult, error) {
	for i := 1; i < len(in.Pieces); i++ {
		if in.Pieces[i-1].Next == "" || in.Pieces[i-1].Next != in.Pieces[i].First {
			return JoinResult{}, nil
		}
	}
	out := JoinResult{Ref: media.Work(jobWork(in.Job) + in.Name + ".mp4"), Seamless: true}
	for _, p := range in.Pieces {
		out.Frames += p.Frames
	}
	if _, err := a.Store.Stat(ctx, out.Ref); err == nil {
		return out, nil // an earlier attempt's: objects are whole or not there
	}
	ctx, h := startHeart(ctx, working)
	defer h.close()
	dir, remove, err := a.scratch()
	if err != nil {
		return JoinResult{}, err
	}
	defer remove()
	path := filepath.Join(dir, "joined.mp4")
	report, err := a.joinTo(ctx, path, in.Pieces, h)
	if errors.Is(err, fmp4.ErrMismatch) {
		return JoinResult{}, nil
	}
	if err != nil {
		return JoinResult{}, err
	}
	if report.Samples != out.Frames {
		return JoinResult{}, fault.New("activities.Join", fault.Internal, 0, "").On("joined " + decimal(int(report.Samples)) + " of " + decimal(int(out.Frames)) + " frames")
	}
	h.enter(storing)
	return out, a.keepFile(ctx, out.Ref, path)
}

func (a *Activities) joinTo(ctx context.Context, path string, pieces []Piece, h *heart) (fmp4.Report, error) {
	f, err := os.Create(path)
	if err != nil {
		return fmp4.Report{}, trouble(err, "activities.Join")
	}
	defer f.Close() // a second close of a closed file does no harm
	w := bufio.NewWriterSize(disk{f, h}, 1<<20)
	j := fmp4.NewJoiner(w)
	for _, p := range pieces {
		if err := a.addPiece(ctx, h, j, p.Ref); err != nil {
			return fmp4.Report{}, err
		}
	}
	report, err := j.Report()
	if err != nil {
		return fmp4.Report{}, err
	}
	if err := w.Flush(); err != nil {
		return fmp4.Report{}, err
	}
	return report, trouble(f.Close(), "activities.Join")
}

func (a *Activities) addPiece(ctx context.Context, h *heart, j *fmp4.Joiner, ref media.Ref) error {
	path, release, err := a.intermediate(ctx, h, ref)
	if err != nil {
		return err
	}
	defer release()
	f, err := os.Open(path)
	if err != nil {
		return trouble(err, "activities.Join")
	}
	defer f.Close()
	_, err = j.Add(f)
	return err
}
