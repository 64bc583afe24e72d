package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// The pipeline that run works with, and its buckets.
const (
	runPipeline = "starter"
	runInput    = "starter-in"
	runOutput   = "starter-out"
)

// The outputs of a run that names no preset: an adaptive HLS stream of three
// sizes and one of sound alone, and a file that plays anywhere.
var (
	defaultStream = []string{
		"1351620000001-200010", // HLS 2M, up to 1024x768
		"1351620000001-200030", // HLS 1M, up to 640x432
		"1351620000001-200050", // HLS 400k, up to 400x288
		"1351620000001-200071", // HLS Audio 64k
	}
	defaultFile = "1351620000001-000020" // Generic 480p 16:9
)

// recipe says what is made of every input.
type recipe struct {
	outputs   []job.Output
	playlists []job.Playlist
	presets   map[job.ID]presets.Preset // of the outputs
}

// order is what was asked of a recipe.
type order struct {
	playlists  []playlistFlag
	segment    float64 // seconds; 0 is defaultSegment, and only where a playlist needs it
	thumbnails bool    // of the first output with a picture
}

const defaultSegment = 6 // seconds

// thumbnailPattern has no {resolution}: its value is the thumbnail's, which
// only the server knows.
const thumbnailPattern = "thumbnails/{count}"

// newRecipe makes one output of each preset, and puts all that can be in a
// playlist into each that was asked for. Keys are made of the presets' names.
func newRecipe(from []presets.Preset, o order) (recipe, error) {
	r := recipe{presets: map[job.ID]presets.Preset{}}
	used := map[string]int{}
	for _, p := range from {
		name := slug(label(p))
		if name == "" { // no Latin letter in it
			name = "preset-" + string(p.ID)
		}
		if used[name]++; used[name] > 1 {
			name += "-" + strconv.Itoa(used[name])
		}
		out := job.Output{PresetID: p.ID, Key: name + "." + p.Container}
		list := o.listFor(p.Container)
		if list != nil {
			name = list.folder() + name // the API wants both to begin alike
			out.Key = name + "." + p.Container
		}
		if p.Container == "ts" && (list != nil || o.segment > 0) {
			out.Key = name + "/stream" // a folder each: the segments are many
		}
		if list != nil || o.segment > 0 && (p.Container == "ts" || p.Container == "fmp4") {
			out.SegmentDuration = strconv.FormatFloat(o.seconds(), 'f', -1, 64)
		}
		if o.thumbnails && p.Video != nil && p.Thumbnails != nil && !r.thumbnails() {
			pattern := thumbnailPattern
			out.ThumbnailPattern = &pattern
		}
		r.outputs = append(r.outputs, out)
		r.presets[p.ID] = p
	}
	if o.thumbnails && !r.thumbnails() {
		return recipe{}, usagef("--thumbnails: none of the presets has a picture to take them of")
	}
	for _, l := range o.playlists {
		p := job.Playlist{Name: l.name, Format: l.format}
		for _, out := range r.outputs {
			if r.presets[out.PresetID].Container == l.container() {
				p.OutputKeys = append(p.OutputKeys, out.Key)
			}
		}
		if len(p.OutputKeys) == 0 {
			return recipe{}, usagef("--playlist %s: it is made of %s outputs, and none of the presets is for one", l.format, l.container())
		}
		r.playlists = append(r.playlists, p)
	}
	return r, nil
}

// thumbnails tells whether an output has them already: two would write the
// same names.
func (r recipe) thumbnails() bool {
	return slices.ContainsFunc(r.outputs, func(o job.Output) bool { return o.ThumbnailPattern != nil })
}

func (o order) seconds() float64 {
	if o.segment == 0 {
		return defaultSegment
	}
	return o.segment
}

// listFor returns the first playlist that takes outputs of a container.
func (o order) listFor(container string) *playlistFlag {
	i := slices.IndexFunc(o.playlists, func(l playlistFlag) bool { return l.container() == container })
	if i < 0 {
		return nil
	}
	return &o.playlists[i]
}

// playlistFlag is the value of --playlist: FORMAT or FORMAT:NAME.
type playlistFlag struct{ format, name string }

// parsePlaylists reads what was given. Names that were left out are index for
// the first and index-<format> for the others, as names must differ.
func parsePlaylists(given []string) ([]playlistFlag, error) {
	formats := []string{job.HLSv3, job.HLSv4, job.Smooth, job.MPEGDASH}
	var all []playlistFlag
	for _, g := range given {
		format, name, _ := strings.Cut(g, ":")
		i := slices.IndexFunc(formats, func(f string) bool { return strings.EqualFold(f, format) })
		if i < 0 {
			return nil, usagef("--playlist: %q is none of %s", format, strings.Join(formats, ", "))
		}
		if name == "" {
			name = "index"
			if len(all) > 0 {
				name = "index-" + slug(format)
			}
		}
		if slices.ContainsFunc(all, func(l playlistFlag) bool { return l.name == name }) {
			return nil, usagef("--playlist: two are called %q", name)
		}
		all = append(all, playlistFlag{formats[i], name})
	}
	return all, nil
}

// container returns the only container the format is made of.
func (l playlistFlag) container() string {
	if l.format == job.Smooth || l.format == job.MPEGDASH {
		return "fmp4"
	}
	return "ts"
}

// folder returns the name up to its last slash.
func (l playlistFlag) folder() string { return l.name[:strings.LastIndexByte(l.name, '/')+1] }

// extension returns what the service adds to a playlist's name.
func extension(format string) string {
	switch format {
	case job.Smooth:
		return ".ism"
	case job.MPEGDASH:
		return ".mpd"
	default:
		return ".m3u8"
	}
}

// request returns the CreateJob request for one uploaded input.
func (r recipe) request(pipeline job.ID, input, prefix, token string) job.Request {
	return job.Request{
		PipelineID:         pipeline,
		Inputs:             []job.Input{{Key: input}},
		Outputs:            r.outputs,
		OutputKeyPrefix:    prefix,
		Playlists:          r.playlists,
		UserMetadata:       map[string]string{"Client": "starter"},
		ClientRequestToken: token,
	}
}

// names returns a new input's key and its outputs' prefix. The stamp makes
// both new: outputs never overwrite.
func names(file, stamp string) (input, prefix string) {
	stem, ext := file, ""
	if i := strings.LastIndexByte(file, '.'); i > 0 {
		stem, ext = file[:i], "."+slug(file[i+1:])
	}
	name := slug(stem)
	if name == "" {
		name = "input"
	}
	return fmt.Sprintf("%s-%s%s", name, stamp, ext), fmt.Sprintf("%s-%s/", name, stamp)
}
