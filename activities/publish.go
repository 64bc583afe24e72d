package activities

import (
	"context"
	"io"
	"path"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
)

// PublishInput names lists of staged files, in the order of publication.
type PublishInput struct {
	Lists []media.Ref
}

// PublishResult counts what was published.
type PublishResult struct {
	Files int
	Bytes int64
}

// Publish puts staged files under their final keys, media before the playlists
// that refer to them. It never overwrites. If a key is in use, or no other try
// can bring it to its end, nothing of the output stays.
//
// Errors: Exists (3002), Denied (3004), NotFound (3005), Unavailable.
func (a *Activities) Publish(ctx context.Context, in PublishInput) (PublishResult, error) {
	out, err := a.publish(ctx, in)
	return out, reported(ctx, err)
}

func (a *Activities) publish(step context.Context, in PublishInput) (PublishResult, error) {
	ctx, h := startHeart(step, storing)
	defer h.close()
	files, err := a.staged(ctx, in.Lists)
	if err != nil {
		return PublishResult{}, err
	}
	again, err := a.begun(ctx, h, in, files)
	if err != nil {
		return PublishResult{}, err
	}
	out := PublishResult{}
	for i, f := range files {
		if err := a.publishFile(ctx, h, f, again); err != nil {
			if hopeless(step, err) {
				a.withdraw(step, files[:i])
			}
			return PublishResult{}, err
		}
		out.Files++
		out.Bytes += f.Bytes
		h.enter(storing)
	}
	return out, nil
}

// staged returns the files of all lists.
func (a *Activities) staged(ctx context.Context, lists []media.Ref) ([]StagedFile, error) {
	var files []StagedFile
	for _, ref := range lists {
		var list Staged
		found, err := a.note(ctx, ref, &list)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, lost(fault.New("activities.Publish", fault.NotFound, 0, "").On(ref.String()))
		}
		files = append(files, list.Files...)
	}
	return files, nil
}

// begun makes sure that every final key was free before the first file was
// written, so that a conflict leaves no trace. It notes that, and returns true
// if an earlier attempt has done both: what bears our bytes then is our own.
func (a *Activities) begun(ctx context.Context, h *heart, in PublishInput, files []StagedFile) (again bool, err error) {
	if len(in.Lists) == 0 {
		return false, fault.New("activities.Publish", fault.Internal, 0, "").On("no lists")
	}
	last := in.Lists[len(in.Lists)-1]
	journal := media.Ref{Bucket: last.Bucket, Key: path.Dir(last.Key) + "/publishing.json"}
	if again, err := a.note(ctx, journal, new(struct{})); again || err != nil {
		return again, err
	}
	for _, f := range files {
		if err := a.vacant(ctx, f.Final); err != nil {
			return false, err
		}
		h.enter(storing)
	}
	return false, a.keep(ctx, journal, struct{}{})
}

func (a *Activities) publishFile(ctx context.Context, h *heart, f StagedFile, again bool) error {
	path, release, err := a.intermediate(ctx, h, media.Work(f.Work))
	if err != nil {
		return err
	}
	defer release()
	_, err = a.Store.CreateFromFile(ctx, f.Final, path)
	if fault.KindOf(err) != fault.Exists || !again {
		return err
	}
	same, compared := a.same(ctx, h, f.Final, media.Work(f.Work))
	if compared != nil {
		return compared
	}
	if !same {
		return err
	}
	return nil // our own earlier attempt's
}

// hopeless reports whether err ends a step for good: no other attempt follows.
func hopeless(ctx context.Context, err error) bool {
	return fault.KindOf(err) == fault.Canceled && canceled(ctx) || final(ctx, fault.KindOf(err))
}

// withdrawTime bounds what is still done for a job that is being canceled.
const withdrawTime = 5 * time.Minute

// withdraw takes back files this call published or found to be its own: what
// was published last goes first, so that no playlist is left without its media.
func (a *Activities) withdraw(ctx context.Context, files []StagedFile) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), withdrawTime)
	defer cancel()
	for _, f := range slices.Backward(files) {
		if err := a.Store.Delete(ctx, f.Final); err != nil {
			activity.GetLogger(ctx).Error("an unfinished output could not be removed", "object", f.Final.String(), "error", err)
		}
	}
}

// same compares two objects byte by byte.
func (a *Activities) same(ctx context.Context, h *heart, x, y media.Ref) (bool, error) {
	rx, err := a.Store.Open(ctx, x, 0, -1)
	if err != nil {
		return false, err
	}
	defer rx.Close()
	ry, err := a.Store.Open(ctx, y, 0, -1)
	if err != nil {
		return false, lost(err)
	}
	defer ry.Close()
	bx, by := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		nx, errx := io.ReadFull(rx, bx)
		ny, erry := io.ReadFull(ry, by)
		switch {
		case errx != nil && !ended(errx):
			return false, storage.ReadFailed("activities.same", x, errx)
		case erry != nil && !ended(erry):
			return false, storage.ReadFailed("activities.same", y, erry)
		case string(bx[:nx]) != string(by[:ny]):
			return false, nil
		case errx != nil && erry != nil:
			return true, nil
		}
		h.move()
	}
}

func ended(err error) bool { return err == io.EOF || err == io.ErrUnexpectedEOF }
