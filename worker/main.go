// Command worker takes jobs and their steps from Temporal's task queues and
// works on them with ffmpeg. Any number of workers may run, on any hosts that
// reach the same Temporal, catalog and storage.
//
//	TEMPORAL_ADDRESS=temporal:7233 EVERFRAME_DATABASE=postgres://… worker --data /shared
//
// The server program with its embedded Temporal needs none: it works itself.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/log"

	"github.com/everframe/everframe/internal/buildinfo"
	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/host"
	"github.com/everframe/everframe/internal/storage/file"
)

// Config is read from flags and, under the same names, from the environment:
// --encode-slots is EVERFRAME_ENCODE_SLOTS. Temporal's settings
// (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE, TLS) are those of
// its command line.
type Config struct {
	Database string `required:"" help:"Catalog, the one the server has: postgres://… or sqlite:///path."`
	Data     string `default:"./data" help:"Directory with the file store, shared with the server and the other workers."`
	Scratch  string `help:"Directory for files in progress, best on the file store's disk. Default: in the data directory. Workers may share it."`

	PoolSlots int `help:"Cores of all workers together: what jobs are cut up for. Default: this worker's."`
	host.Settings

	Version kong.VersionFlag `env:"-" help:"Print the version and exit."`
}

func main() {
	var c Config
	kong.Parse(&c, kong.Name("worker"), kong.Description("Works on transcoding jobs."), kong.DefaultEnvars("EVERFRAME"),
		kong.Vars{"version": buildinfo.Version()})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := work(ctx, c, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

// work runs until ctx ends.
func work(ctx context.Context, c Config, stderr io.Writer) (err error) {
	logger, err := c.Logger(stderr)
	if err != nil {
		return err
	}
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return err
	}
	options.Logger = log.NewStructuredLogger(logger)
	temporal, err := client.DialContext(ctx, options)
	if err != nil {
		return err
	}
	defer temporal.Close()
	cat, err := catalog.Open(ctx, c.Database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cat.Close()) }()
	store, err := file.New(filepath.Join(c.Data, "buckets"))
	if err != nil {
		return err
	}
	h, err := host.New(ctx, host.Config{
		Temporal: temporal, Catalog: cat, Store: store, Scratch: c.scratch(), Settings: c.Settings, PoolSlots: c.PoolSlots, Log: logger,
	})
	if err != nil {
		return err
	}
	return h.Run(ctx)
}

func (c Config) scratch() string {
	if c.Scratch != "" {
		return c.Scratch
	}
	return filepath.Join(c.Data, "scratch")
}
