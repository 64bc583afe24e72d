// Command server serves the Elastic Transcoder API and, where no Temporal
// address is configured, everything it needs: a Temporal server with its web
// UI, a worker, and a file store, all in this process, with its state under
// one directory.
//
//	go run ./server
//
// With a Temporal address (TEMPORAL_ADDRESS, or a profile of the Temporal
// command line) it serves the API alone and the worker program does the work.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/everframe/everframe/internal/buildinfo"
)

func main() {
	var c Config
	kong.Parse(&c, kong.Name("server"),
		kong.Description("Serves the Elastic Transcoder API; by default with Temporal, its web UI and a worker in one process."),
		kong.DefaultEnvars("EVERFRAME"), kong.Vars{"version": buildinfo.Version()})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, c, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}
