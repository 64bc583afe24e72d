// Package buildinfo names the running program's version, for logs, the
// --version flag and the server field of reports.
//
//	slog.Info("starting", "version", buildinfo.Version())
//
// It reads what the Go tool stamped into the binary and needs no linker flags.
package buildinfo

import (
	"runtime/debug"
	"strings"
)

// Version returns the version of the main module: its tag when the program was
// installed as a module ("v1.2.3"), else "devel" with the commit and "+dirty"
// when the Go tool recorded them ("devel-1f0c2d3e4a5b+dirty").
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	return Describe(info)
}

// Describe returns the version that info tells.
func Describe(info *debug.BuildInfo) string {
	// Since Go 1.24 a build from a checkout carries a pseudo-version; the
	// commit alone says as much, and says it shorter.
	if v := info.Main.Version; v != "" && v != "(devel)" && !strings.HasPrefix(v, "v0.0.0-") {
		return v
	}
	version := "devel"
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if rev := settings["vcs.revision"]; rev != "" {
		version += "-" + rev[:min(12, len(rev))]
	}
	if settings["vcs.modified"] == "true" {
		version += "+dirty"
	}
	return version
}
