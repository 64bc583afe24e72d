package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
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

	EncodeSlots   int           `help:"Cores that encoders may use. Default: all."`
	MaxActive     int           `default:"100" help:"Jobs of one pipeline that run at once."`
	ChunkLength   time.Duration `help:"Longest piece of video encoded at once. Default: 60s, or ten of the source's GOPs."`
	WholeBelow    time.Duration `default:"2m" help:"Shorter videos are encoded in one piece."`
	WorkRetention time.Duration `default:"24h" help:"How long encoded pieces nobody asks for are kept."`

	AccountID string `default:"000000000000" help:"Account in ARNs, 12 digits."`
	Region    string `default:"us-east-1" help:"Region in ARNs."`
	LogFormat string `enum:"text,json" default:"text" help:"text or json. With json, a line with all addresses is printed to standard output when the server is ready."`
	LogLevel  string `enum:"debug,info,warn,error" default:"info" help:"Least level that is logged."`
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

func (c Config) account() job.Account { return job.Account{ID: c.AccountID, Region: c.Region} }

func (c Config) planning() plan.Options {
	return plan.Options{
		ChunkLength: media.Seconds(int64(c.ChunkLength), int64(time.Second)),
		WholeBelow:  media.Seconds(int64(c.WholeBelow), int64(time.Second)),
	}
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

func (c Config) logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, fmt.Errorf("--log-level: %w", err)
	}
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o)), nil
	}
	return slog.New(slog.NewTextHandler(w, o)), nil
}
