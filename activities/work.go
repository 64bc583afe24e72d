package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"path"
	"strings"
	"time"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
	"github.com/everframe/everframe/job"
)

// Where intermediate results lie in the work bucket:
//
//	chunks/<hash>.mp4, tracks/<hash>.m4a   encodes under their content name, shared by jobs
//	chunks/<hash>.json, …                  what is known of each; written last, so it marks completion
//	jobs/<job id>/…                        everything only one job needs; removed when it ends
const (
	chunkPrefix = "chunks/"
	trackPrefix = "tracks/"
	jobPrefix   = "jobs/"
)

func jobWork(id job.ID) string { return jobPrefix + string(id) + "/" }

func noteOf(ref media.Ref) media.Ref {
	ref.Key = strings.TrimSuffix(ref.Key, path.Ext(ref.Key)) + ".json"
	return ref
}

// note loads the JSON object at ref into v and reports whether it was there.
func (a *Activities) note(ctx context.Context, ref media.Ref, v any) (bool, error) {
	r, err := a.Store.Open(ctx, ref, 0, -1)
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	if err != nil {
		return false, lost(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return false, lost(storage.ReadFailed("activities.note", ref, err))
	}
	if err := json.Unmarshal(b, v); err != nil {
		return false, fault.Wrap(err, "activities.note", fault.Internal)
	}
	return true, nil
}

// keep stores v as a JSON object at ref. One that is there already is the same.
func (a *Activities) keep(ctx context.Context, ref media.Ref, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fault.Wrap(err, "activities.keep", fault.Internal)
	}
	_, err = a.Store.Create(ctx, ref, bytes.NewReader(b))
	return made(lost(err))
}

// keepFile stores a local file at ref, a name of its content.
func (a *Activities) keepFile(ctx context.Context, ref media.Ref, path string) error {
	_, err := a.Store.CreateFromFile(ctx, ref, path)
	return made(lost(err))
}

// made forgives that another attempt made the same thing first.
func made(err error) error {
	if fault.KindOf(err) == fault.Exists {
		return nil
	}
	return err
}

const defaultWorkRetention = 24 * time.Hour

func (a *Activities) retention() time.Duration {
	if a.WorkRetention <= 0 {
		return defaultWorkRetention
	}
	return a.WorkRetention
}

// encoded reports whether an encode is stored that can be relied on, and loads
// its note into v. One older than half the retention time cannot: a sweep might
// take it while the job that found it still needs it. See [Activities.Sweep].
func (a *Activities) encoded(ctx context.Context, ref media.Ref, v any) (bool, error) {
	if young, err := a.young(ctx, ref); err != nil || !young {
		return false, err
	}
	found, err := a.note(ctx, noteOf(ref), v)
	if fault.KindOf(err) == fault.Internal {
		return false, nil // not to be read: encoding again mends it
	}
	return found, err
}

func (a *Activities) young(ctx context.Context, ref media.Ref) (bool, error) {
	info, err := a.Store.Stat(ctx, ref)
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	return err == nil && a.Now().Sub(info.Modified) <= a.retention()/2, lost(err)
}

// keepEncode stores an encode under its content name, and then its note. An old
// one under that name is replaced. A young one is another attempt's and as
// good: replacing it might pull it from under somebody's feet.
func (a *Activities) keepEncode(ctx context.Context, ref media.Ref, path string, note any) error {
	if err := a.Store.Delete(ctx, noteOf(ref)); err != nil {
		return lost(err)
	}
	_, err := a.Store.CreateFromFile(ctx, ref, path)
	if fault.KindOf(err) == fault.Exists {
		var young bool
		if young, err = a.young(ctx, ref); err != nil {
			return err
		}
		if !young {
			if err := a.Store.Delete(ctx, ref); err != nil {
				return lost(err)
			}
			err = a.keepFile(ctx, ref, path)
		}
	}
	if err != nil {
		return lost(err)
	}
	return a.keep(ctx, noteOf(ref), note)
}

// lost is what a failure in the work bucket means. What is missing there, or
// must not be touched, is no fault of the customer's, who does not even know
// the bucket: it is our own loss, or the operator's.
func lost(err error) error {
	switch fault.KindOf(err) {
	case fault.NotFound, fault.Denied, fault.Invalid:
		return trouble(err, "activities.work")
	}
	return err
}

// trouble is the error for something this installation lacks at the moment,
// such as room on a disk: another try, perhaps elsewhere, may succeed.
func trouble(err error, op string) error {
	if err == nil {
		return nil
	}
	return fault.New(op, fault.Unavailable, fault.InternalServiceError, "%s", fault.InternalServiceError.Text()).Because(err)
}
