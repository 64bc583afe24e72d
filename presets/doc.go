// Package presets knows how outputs are made: the Preset type of Elastic
// Transcoder's API, its 62 system presets, and the checks of a job request
// that need presets.
//
//	p, ok := presets.Lookup("1351620000001-200040")
//
// The system presets are the files of the directory system, one a preset, in
// the API's JSON. Where each value comes from, and how sure it is, stands in
// docs/preset-provenance.md.
//
// Presets of customers are stored by the catalog, not here.
package presets
