package presets

import (
	"fmt"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

// CheckRequest checks what [job.Request.Validate] cannot: a valid request
// against the presets it names. find returns a system preset or one of the
// customer's own; account is the customer's id, which the API's text names.
//
// It reports fault.NotFound for an unknown preset, with the API's text, and
// fault.Invalid for a broken rule. Source: the rules are the ET guide's.
// Inferred: the texts of all but the first, as no captured answer shows them.
func CheckRequest(req job.Request, find func(id job.ID) (Preset, bool), account string) error {
	const op = "presets.CheckRequest"
	containers := map[string]string{} // by output key
	for _, o := range req.AllOutputs() {
		p, ok := find(o.PresetID)
		if !ok {
			return fault.New(op, fault.NotFound, 0,
				"The specified preset was not found: account=%s, presetId=%s", account, o.PresetID)
		}
		if text := checkOutput(o, p); text != "" {
			return fault.New(op, fault.Invalid, 0, "%s", text)
		}
		containers[o.Key] = p.Container
	}
	for _, list := range req.Playlists {
		for _, k := range list.OutputKeys {
			if want := segmentContainer(list.Format); containers[k] != want {
				return fault.New(op, fault.Invalid, 0,
					"Output '%s' cannot be part of the playlist '%s': the playlist format %s requires presets with the container '%s', not '%s'.",
					k, list.Name, list.Format, want, containers[k])
			}
		}
	}
	return nil
}

// segmentContainer returns the container of the outputs of a playlist.
// Source: ET guide, "Playlist format".
func segmentContainer(format string) string {
	if format == job.HLSv3 || format == job.HLSv4 {
		return "ts"
	}
	return "fmp4"
}

func checkOutput(o job.Output, p Preset) string {
	for _, w := range o.Watermarks {
		if !p.hasWatermark(w.PresetWatermarkID) {
			return fmt.Sprintf("Output '%s' uses the watermark '%s', which the preset %s does not have.", o.Key, w.PresetWatermarkID, o.PresetID)
		}
	}
	if a := o.AlbumArt; a != nil && len(a.Artwork) > 0 && !p.takesAlbumArt() {
		return fmt.Sprintf("Output '%s' has AlbumArt, which only audio outputs in flac, mp3 and mp4 files can have.", o.Key)
	}
	return ""
}

func (p Preset) hasWatermark(id string) bool {
	if p.Video == nil {
		return false
	}
	for _, w := range p.Video.Watermarks {
		if w.ID == id {
			return true
		}
	}
	return false
}

// takesAlbumArt tells whether files of p can carry pictures. Source: ET
// guide, "Album art".
func (p Preset) takesAlbumArt() bool {
	return p.Video == nil && (p.Container == "flac" || p.Container == "mp3" || p.Container == "mp4")
}
