package main

import (
	"net"
	"path/filepath"

	"github.com/alecthomas/kong"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/host"
)

// Config is read from flags and, under the same names, from the environment:
// --temporal-port is EVERFRAME_TEMPORAL_PORT. Temporal's own settings
// (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE, TLS) are those of
// its command line.
type Config struct {
	Listen       string `default:"127.0.0.1:8080" help:"Address of the API. Loopback only, until access keys can be configured. Port 0 picks a free one."`
	Data         string `default:"./data" help:"Directory of all state."`
	TemporalPort int    `default:"7233" help:"Port of the embedded Temporal server; 0 picks a free one."`
	UIPort       int    `name:"ui-port" default:"8233" help:"Port of Temporal's web UI; 0 picks a free one, -1 is none."`
	Database     string `help:"Catalog: sqlite:///path or postgres://… Default: a SQLite file in the data directory."`

	host.Settings

	Version kong.VersionFlag `env:"-" help:"Print the version and exit."`
}

func (c Config) check() error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fault.New("server", fault.Invalid, 0, "--listen %s: %s", c.Listen, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fault.New("server", fault.Invalid, 0,
			"--listen %s: this version has no access keys, so that anyone who reaches the address could use it; only loopback addresses are allowed", c.Listen)
	}
	return nil
}

// The layout of the data directory.
func (c Config) temporalFile() string { return filepath.Join(c.Data, "temporal.db") }
func (c Config) buckets() string      { return filepath.Join(c.Data, "buckets") }
func (c Config) scratch() string      { return filepath.Join(c.Data, "scratch") }

func (c Config) database() (string, error) {
	if c.Database != "" {
		return c.Database, nil
	}
	path, err := filepath.Abs(filepath.Join(c.Data, "catalog.db"))
	return "sqlite://" + path, err
}
