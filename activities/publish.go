package activities

import (
	"context"
	"io"

	"go.temporal.io/sdk/activity"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
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
// that refer to them. It never overwrites: if a key is in use nothing of the
// output stays.
//
// Errors: Exists (3002), Denied (3004), NotFound (3005), Unavailable.
func (a *Activities) Publish(ctx context.Context, in PublishInput) (PublishResult, error) {
	out, err := a.publish(ctx, in)
	return out, reported(ctx, err)
}

func (a *Activities) publish(ctx context.Context, in PublishInput) (PublishResult, error) {
	h := startHeart(ctx, working)
	defer h.close()
	var files []StagedFile
	for _, ref := range in.Lists {
		var list Staged
		found, err := a.note(ctx, ref, &list)
		if err != nil {
			return PublishResult{}, err
		}
		if !found {
			return PublishResult{}, lost(fault.New("activities.Publish", fault.NotFound, 0, "").On(ref.String()))
		}
		files = append(files, list.Files...)
	}
	again := activity.GetInfo(ctx).Attempt > 1 // an earlier attempt may have published some
	if !again {
		for _, f := range files { // look before the first write, so that a conflict leaves no trace
			if err := a.vacant(ctx, f.Final); err != nil {
				return PublishResult{}, err
			}
			h.enter(working)
		}
	}
	out := PublishResult{}
	for i, f := range files {
		if err := a.publishFile(ctx, f, again); err != nil {
			if fault.KindOf(err) == fault.Exists {
				a.withdraw(ctx, files[:i])
			}
			return PublishResult{}, err
		}
		out.Files++
		out.Bytes += f.Bytes
		h.enter(working)
	}
	return out, nil
}

func (a *Activities) publishFile(ctx context.Context, f StagedFile, again bool) error {
	path, release, err := a.local(ctx, media.Work(f.Work))
	if err != nil {
		return lost(err)
	}
	defer release()
	_, err = a.Store.CreateFromFile(ctx, f.Final, path)
	if fault.KindOf(err) != fault.Exists || !again {
		return err
	}
	same, compared := a.same(ctx, f.Final, media.Work(f.Work))
	if compared != nil {
		return compared
	}
	if !same {
		return err
	}
	return nil // our own earlier attempt's
}

// withdraw takes back files this call published or found to be its own.
func (a *Activities) withdraw(ctx context.Context, files []StagedFile) {
	for _, f := range files {
		if err := a.Store.Delete(ctx, f.Final); err != nil {
			activity.GetLogger(ctx).Error("an unfinished output could not be removed", "object", f.Final.String(), "error", err)
		}
	}
}

// same compares two objects byte by byte.
func (a *Activities) same(ctx context.Context, x, y media.Ref) (bool, error) {
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
	return equal(rx, ry)
}

func equal(x, y io.Reader) (bool, error) {
	bx, by := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		nx, errx := io.ReadFull(x, bx)
		ny, erry := io.ReadFull(y, by)
		if nx != ny || string(bx[:nx]) != string(by[:ny]) {
			return false, nil
		}
		switch {
		case ended(errx) && ended(erry):
			return true, nil
		case errx != nil && !ended(errx):
			return false, fault.Wrap(errx, "activities.same", fault.Unavailable)
		case erry != nil && !ended(erry):
			return false, fault.Wrap(erry, "activities.same", fault.Unavailable)
		}
	}
}

func ended(err error) bool { return err == io.EOF || err == io.ErrUnexpectedEOF }
