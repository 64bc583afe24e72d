package main

import (
	"context"
	"strings"

	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// findPresets returns the presets that wanted names, in its order: by id, or
// by name as [matchPreset] reads it.
func findPresets(ctx context.Context, api *client, wanted []string) ([]presets.Preset, error) {
	var all []presets.Preset // listed once, when the first name needs it
	found := make([]presets.Preset, len(wanted))
	for i, w := range wanted {
		var err error
		if isID(w) {
			found[i], err = api.readPreset(ctx, job.ID(w))
		} else {
			if all == nil {
				if all, err = collect(api.presets(ctx), 0); err != nil {
					return nil, err
				}
			}
			found[i], err = matchPreset(all, w)
		}
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// matchPreset returns the preset that is called name, with or without "System
// preset: ", whatever the case; else the only one whose name has name in it.
func matchPreset(all []presets.Preset, name string) (presets.Preset, error) {
	want := strings.ToLower(strings.TrimSpace(name))
	var exact, partial []presets.Preset
	for _, p := range all {
		full, short := strings.ToLower(p.Name), strings.ToLower(label(p))
		switch {
		case want == full || want == short:
			exact = append(exact, p)
		case want != "" && strings.Contains(full, want):
			partial = append(partial, p)
		}
	}
	fits := exact
	if len(fits) == 0 {
		fits = partial
	}
	switch len(fits) {
	case 1:
		return fits[0], nil
	case 0:
		return presets.Preset{}, usagef("no preset is called %q (starter preset list shows all)", name)
	}
	names := make([]string, 0, 6)
	for i, p := range fits {
		if i == 5 {
			names = append(names, "…")
			break
		}
		names = append(names, label(p)+" ("+string(p.ID)+")")
	}
	return presets.Preset{}, usagef("%q may be %d presets: %s", name, len(fits), strings.Join(names, ", "))
}
