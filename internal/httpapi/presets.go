package httpapi

import (
	"context"
	"net/http"
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

type presetAnswer struct {
	Preset presets.Preset
}

type presetsAnswer struct {
	Presets       []presets.Preset
	NextPageToken *job.ID
}

func (a *api) readPreset(r *http.Request, _ []byte) (any, error) {
	preset, err := a.preset(r)
	if err != nil {
		return nil, err
	}
	return presetAnswer{preset}, nil
}

func (a *api) listPresets(r *http.Request, _ []byte) (any, error) {
	p := params{request: r}
	page := p.page()
	if err := p.err(); err != nil {
		return nil, err
	}
	all, next, err := a.Presets.Presets(r.Context(), page)
	if err != nil {
		return nil, err
	}
	return presetsAnswer{list(all), token(next)}, nil
}

// deletePreset refuses to delete system presets, as the API does. Source: ET
// guide. There are no others in this version.
func (a *api) deletePreset(r *http.Request, _ []byte) (any, error) {
	preset, err := a.preset(r)
	if err != nil {
		return nil, err
	}
	if preset.Type == presets.TypeSystem {
		return nil, fault.New("httpapi.DeletePreset", fault.Denied, 0,
			"Deleting a system preset is not allowed: account=%s, presetId=%s.", a.Account.ID, preset.ID)
	}
	return nil, notAvailable("DeletePreset")
}

// preset returns the preset that the path of r names.
func (a *api) preset(r *http.Request) (presets.Preset, error) {
	p := params{request: r}
	id := p.id("id")
	if err := p.err(); err != nil {
		return presets.Preset{}, err
	}
	preset, err := a.Presets.Preset(r.Context(), id)
	return preset, a.worded(err, job.KindPreset, id)
}
