package activities

import (
	"context"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// PlanInput is what a plan is made of.
type PlanInput struct {
	Job      job.ID
	Request  job.Request
	Pipeline job.Pipeline
	Sources  []media.Source // in request order
}

// PlanResult is recorded in the job's history: what follows walks it and
// decides nothing anew.
type PlanResult struct {
	Plan plan.Plan
}

// Plan plans the job. Outputs whose place is taken are refused (3002) before
// anything is encoded for them.
//
// Errors: Invalid (1000), Unavailable.
func (a *Activities) Plan(ctx context.Context, in PlanInput) (PlanResult, error) {
	p, err := a.plan(ctx, in)
	return PlanResult{Plan: p}, reported(ctx, err)
}

func (a *Activities) plan(ctx context.Context, in PlanInput) (plan.Plan, error) {
	ctx, h := startHeart(ctx, storing) // looking for objects may take a while
	defer h.close()
	found := map[job.ID]presets.Preset{}
	for _, out := range in.Request.AllOutputs() {
		preset, err := a.Presets(ctx, out.PresetID)
		if fault.KindOf(err) == fault.NotFound {
			continue // the plan says what that means
		}
		if err != nil {
			return plan.Plan{}, err
		}
		found[out.PresetID] = preset
	}
	for i := range in.Sources {
		if index := in.Sources[i].KeyIndex; !index.IsZero() {
			if _, err := a.note(ctx, index, &in.Sources[i].Keys); err != nil {
				return plan.Plan{}, err
			}
		}
	}
	options := a.Planning
	options.ContentBucket, options.ThumbnailBucket = in.Pipeline.ContentBucket(), in.Pipeline.ThumbnailBucket()
	p, err := plan.New(in.Request, func(id job.ID) (presets.Preset, bool) {
		preset, ok := found[id]
		return preset, ok
	}, in.Sources, options)
	if err != nil {
		return plan.Plan{}, err
	}
	for _, out := range p.Outputs() {
		for _, ref := range out.FirstKeys() {
			if err := a.vacant(ctx, ref); fault.KindOf(err) == fault.Exists {
				p.Refuse(out.ID, err)
				break
			} else if err != nil {
				return plan.Plan{}, err
			}
		}
	}
	return p, nil
}

// vacant reports fault.Exists if there is an object at ref.
func (a *Activities) vacant(ctx context.Context, ref media.Ref) error {
	switch _, err := a.Store.Stat(ctx, ref); {
	case err == nil:
		return taken(ref)
	case fault.KindOf(err) == fault.NotFound && fault.CodeOf(err) != fault.BucketDoesNotExist:
		return nil
	default:
		return err
	}
}

// taken is the error for a key that is in use. Text seen on the real wire.
func taken(ref media.Ref) error {
	return fault.New("activities", fault.Exists, fault.OutputAlreadyExists,
		"The specified object could not be saved in the specified bucket because an object by that name already exists: bucket=%s, key=%s.", ref.Bucket, ref.Key)
}
