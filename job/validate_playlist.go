package job

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// playlistNames wants names that differ. Inferred: the text.
func playlistNames(r Request) string {
	seen := map[string]bool{}
	for _, p := range r.Playlists {
		if seen[p.Name] {
			return fmt.Sprintf("The playlist name '%s' is used more than once in the job.", p.Name)
		}
		seen[p.Name] = true
	}
	return ""
}

// playlistKeys wants every key of a playlist to be an output's. Inferred: the
// text.
func playlistKeys(r Request) string {
	keys := map[string]bool{}
	for _, o := range r.AllOutputs() {
		keys[o.Key] = true
	}
	for _, p := range r.Playlists {
		for _, k := range p.OutputKeys {
			if !keys[k] {
				return fmt.Sprintf("The playlist '%s' includes the output key '%s', but the job has no output with that key.", p.Name, k)
			}
		}
	}
	return ""
}

// playlistDirectory wants a playlist and its outputs in one directory, as the
// playlist names them relative to itself. A name without a slash has no such
// wish: an output in a directory below is fine.
//
// Source: the text is real. Inferred: that the slash itself is part of what
// must be identical, and that the text also answers playlists in different
// directories, which the guide rules out.
func playlistDirectory(r Request) string {
	const text = "All outputs in a playlist must begin identically to the playlist name upto the last / character."
	for _, p := range r.Playlists {
		dir := directory(p.Name)
		if dir != directory(r.Playlists[0].Name) {
			return text
		}
		for _, k := range p.OutputKeys {
			if !strings.HasPrefix(k, dir) {
				return text
			}
		}
	}
	return ""
}

// directory returns name up to and including its last slash.
func directory(name string) string { return name[:strings.LastIndexByte(name, '/')+1] }

// playlistSegments wants a SegmentDuration from every output of an HLS
// playlist. Source: the text is real, misspelling included.
func playlistSegments(r Request) string {
	listed := map[string]bool{}
	for _, p := range r.Playlists {
		if p.Format == HLSv3 || p.Format == HLSv4 {
			for _, k := range p.OutputKeys {
				listed[k] = true
			}
		}
	}
	var texts []string
	for _, o := range r.AllOutputs() {
		if listed[o.Key] && o.SegmentDuration == "" {
			texts = append(texts, fmt.Sprintf("Output '%s' must have a SegmentDuration since it is part of a playlist. SegmentDurtion is available only for 'ts' containers.", o.Key))
		}
	}
	return strings.Join(texts, " ")
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
