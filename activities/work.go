package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"io"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
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

// note loads the JSON object at ref into v and reports whether it was there.
func (a *Activities) note(ctx context.Context, ref media.Ref, v any) (bool, error) {
	r, err := a.Store.Open(ctx, ref, 0, -1)
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return false, fault.Wrap(err, "activities.note", fault.Unavailable)
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
