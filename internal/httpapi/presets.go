package httpapi

import (
	"context"
	"slices"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// SystemPresets returns the built-in presets as account sees them. Withdrawn
// presets are not listed, but read under the ids that old jobs name.
func SystemPresets(account job.Account) Presets { return systemPresets{account} }

type systemPresets struct{ account job.Account }

func (s systemPresets) Preset(_ context.Context, id job.ID) (presets.Preset, error) {
	p, ok := presets.Lookup(id)
	if !ok {
		return presets.Preset{}, fault.New("httpapi.SystemPresets", fault.NotFound, 0, "no such preset").On(string(id))
	}
	p.ID = id
	return p.WithARN(s.account), nil
}

func (s systemPresets) Presets(_ context.Context, page Page) ([]presets.Preset, job.ID, error) {
	all := presets.System() // by ascending id
	if page.Descending {
		slices.Reverse(all)
	}
	all = slices.DeleteFunc(all, func(p presets.Preset) bool {
		return page.After != "" && (p.ID == page.After || (p.ID < page.After) != page.Descending)
	})
	var next job.ID
	if len(all) > page.Size {
		all = all[:page.Size]
		next = all[len(all)-1].ID
	}
	for i := range all {
		all[i] = all[i].WithARN(s.account)
	}
	return all, next, nil
}
