package presets

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/everframe/everframe/job"
)

//go:embed system/*.json
var files embed.FS

// system reads the embedded presets once; what it returns is never handed out
// without a copy.
var system = sync.OnceValue(func() []Preset {
	entries, err := files.ReadDir("system")
	if err != nil {
		panic(err) // the directory is part of the program
	}
	all := make([]Preset, 0, len(entries))
	for _, e := range entries { // sorted by name, so by id
		b, err := files.ReadFile("system/" + e.Name())
		if err != nil {
			panic(err)
		}
		var p Preset
		if err := json.Unmarshal(b, &p); err != nil {
			panic(fmt.Sprintf("presets: %s: %v", e.Name(), err))
		}
		all = append(all, p)
	}
	return all
})

// System returns the system presets that ListPresets shows, by ascending id.
// The slice and all in it are the caller's. Their ARNs hold a placeholder
// account; see [Preset.WithARN].
func System() []Preset {
	all := slices.Clone(system())
	for i := range all {
		all[i] = all[i].clone()
	}
	return all
}

// Lookup returns the system preset of that id. Ids that were withdrawn from
// the list, but that old jobs still name, give the preset that replaces them,
// under the replacement's id; callers go on showing the id they were given.
func Lookup(id job.ID) (Preset, bool) {
	current, twin := id, false
	if to, ok := withdrawn[id]; ok {
		current, twin = to.id, to.lc
	}
	all := system()
	i, ok := slices.BinarySearchFunc(all, current, func(p Preset, id job.ID) int {
		if p.ID < id {
			return -1
		} else if p.ID > id {
			return 1
		}
		return 0
	})
	if !ok {
		return Preset{}, false
	}
	p := all[i].clone()
	if twin {
		p.Audio.CodecOptions.Profile = "AAC-LC"
	}
	return p, true
}

// replacement is the preset that stands in for a withdrawn one.
type replacement struct {
	id job.ID
	lc bool // the withdrawn one says AAC-LC where the new one says auto
}

// withdrawn lists the presets that ET documented as no longer supported.
// Their settings were never published. Source: the replacements, and the AAC
// profile of the twins, are the ET guide's, "System presets". Inferred: that a
// job which names a withdrawn preset gets its replacement.
var withdrawn = map[job.ID]replacement{
	"1351620000001-100140": {id: "1351620000001-100141", lc: true}, // Audio AAC 64k
	"1351620000001-000060": {id: "1351620000001-000061", lc: true}, // Generic 320x240
	"1351620000001-200070": {id: "1351620000001-200071", lc: true}, // HLS Audio 64k
	"1351620000001-100010": {id: "1351620000001-100020"},           // iPhone 4
	"1351620000001-100030": {id: "1351620000001-100020"},           // iPhone 3GS
	"1351620000001-100100": {id: "1351620000001-100080"},           // Kindle Fire
	"1351620000000-000001": {id: "1351620000001-000001"},           // Generic 1080p
	"1351620000000-000010": {id: "1351620000001-000010"},           // Generic 720p
	"1351620000000-000020": {id: "1351620000001-000020"},           // Generic 480p 16:9
	"1351620000000-000030": {id: "1351620000001-000030"},           // Generic 480p 4:3
	"1351620000000-000040": {id: "1351620000001-000040"},           // Generic 360p 16:9
	"1351620000000-000050": {id: "1351620000001-000050"},           // Generic 360p 4:3
	"1351620000000-000060": {id: "1351620000001-000061", lc: true}, // Generic 320x240, by way of 000060
	"1351620000000-100010": {id: "1351620000001-100020"},           // iPhone 4
	"1351620000000-100020": {id: "1351620000001-100020"},           // iPhone 4S
	"1351620000000-100030": {id: "1351620000001-100020"},           // iPhone 3GS
	"1351620000000-100040": {id: "1351620000001-100040"},           // iPod Touch
	"1351620000000-100050": {id: "1351620000001-100050"},           // Apple TV 2G
	"1351620000000-100060": {id: "1351620000001-100060"},           // Apple TV 3G
	"1351620000000-100070": {id: "1351620000001-100070"},           // Web
	"1351620000000-100080": {id: "1351620000001-100080"},           // Kindle Fire HD
	"1351620000000-100090": {id: "1351620000001-100090"},           // Kindle Fire HD 8.9
	"1351620000000-100100": {id: "1351620000001-100080"},           // Kindle Fire
}

// clone returns a copy that shares no memory with p.
func (p Preset) clone() Preset {
	if p.Audio != nil {
		a := *p.Audio
		if a.CodecOptions != nil {
			o := *a.CodecOptions
			a.CodecOptions = &o
		}
		p.Audio = &a
	}
	if p.Video != nil {
		v := *p.Video
		v.CodecOptions = maps.Clone(v.CodecOptions)
		v.Watermarks = slices.Clone(v.Watermarks)
		p.Video = &v
	}
	if p.Thumbnails != nil {
		t := *p.Thumbnails
		p.Thumbnails = &t
	}
	return p
}
