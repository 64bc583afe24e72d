package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

type presetCmd struct {
	List presetListCmd `cmd:"" help:"List all presets."`
	Read presetReadCmd `cmd:"" help:"Show a preset, which is its JSON."`
}

type presetListCmd struct{}

func (*presetListCmd) Run(a *app) error {
	api, err := a.client()
	if err != nil {
		return err
	}
	all, err := collect(api.presets(a.ctx), 0)
	if err != nil {
		return err
	}
	if a.json {
		return a.document(presetsAnswer{all})
	}
	rows := make([][]string, len(all))
	for i, p := range all {
		rows[i] = []string{string(p.ID), p.Container, pictureText(p), soundText(p), printable(label(p))}
	}
	a.out.table([]string{"ID", "CONTAINER", "VIDEO", "AUDIO", "NAME"}, rows)
	return nil
}

type presetReadCmd struct {
	ID string `arg:"" help:"The preset's id, or a name as run takes it."`
}

// Run prints JSON for people too: a preset is nothing but settings.
func (c *presetReadCmd) Run(a *app) error {
	api, err := a.client()
	if err != nil {
		return err
	}
	found, err := findPresets(a.ctx, api, []string{c.ID})
	if err != nil {
		return err
	}
	if a.json {
		return a.document(presetAnswer{found[0]})
	}
	b, err := json.MarshalIndent(found[0], "", "  ")
	if err != nil {
		return err
	}
	a.out.linef("%s", b)
	return nil
}

// label is a preset's name without what all system presets begin with.
func label(p presets.Preset) string { return strings.TrimPrefix(p.Name, "System preset: ") }

func pictureText(p presets.Preset) string {
	if p.Video == nil {
		return "-"
	}
	v := p.Video
	size := v.Resolution
	if size == "" {
		size = v.MaxWidth + "x" + v.MaxHeight
	}
	return fmt.Sprintf("%s %s %sk", v.Codec, size, v.BitRate)
}

func soundText(p presets.Preset) string {
	if p.Audio == nil {
		return "-"
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s", p.Audio.Codec, kilobits(p.Audio.BitRate)))
}

func kilobits(rate string) string {
	if rate == "" {
		return ""
	}
	return rate + "k"
}

// isID tells an id from a name.
func isID(s string) bool { return job.ID(s).Valid() }
