package activities

import (
	"bytes"
	"context"
	"os"

	"go.temporal.io/sdk/activity"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/job"
)

// Staged lists finished files that wait in the work bucket to be published, in
// the order in which they must appear: what a playlist refers to comes before
// it. It is stored as a work object, since a long job has thousands.
type Staged struct {
	Files []StagedFile
}

// StagedFile is one of them.
type StagedFile struct {
	Work  string    // key in the work bucket
	Final media.Ref // where it belongs
	Bytes int64
}

// stage collects the files of one attempt of a step.
type stage struct {
	a      *Activities
	heart  *heart
	prefix string
	list   Staged
}

// newStage returns a stage of its own for this attempt: a lost attempt may
// still be writing to its. A workflow that was reset gives an activity's id
// again, but in another run.
func (a *Activities) newStage(ctx context.Context, h *heart, id job.ID, name string) *stage {
	info := activity.GetInfo(ctx)
	attempt := info.WorkflowExecution.RunID + "-" + info.ActivityID + "-" + decimal(int(info.Attempt))
	return &stage{a: a, heart: h, prefix: jobWork(id) + name + "/" + attempt + "/"}
}

// file stages a local file.
func (s *stage) file(ctx context.Context, path string, final media.Ref) error {
	info, err := os.Stat(path)
	if err != nil {
		return fault.Wrap(err, "activities.stage", fault.Internal)
	}
	s.heart.enter(storing)
	defer s.heart.enter(working)
	work := s.next()
	if _, err := s.a.Store.CreateFromFile(ctx, media.Work(work), path); err != nil {
		return lost(err)
	}
	s.list.Files = append(s.list.Files, StagedFile{Work: work, Final: final, Bytes: info.Size()})
	return nil
}

// text stages bytes.
func (s *stage) text(ctx context.Context, b []byte, final media.Ref) error {
	work := s.next()
	if _, err := s.a.Store.Create(ctx, media.Work(work), bytes.NewReader(b)); err != nil {
		return lost(err)
	}
	s.list.Files = append(s.list.Files, StagedFile{Work: work, Final: final, Bytes: int64(len(b))})
	return nil
}

func (s *stage) next() string { return s.prefix + decimal(len(s.list.Files)) }

// close stores the list and returns where.
func (s *stage) close(ctx context.Context) (media.Ref, error) {
	ref := media.Work(s.prefix + "list.json")
	return ref, s.a.keep(ctx, ref, s.list)
}
