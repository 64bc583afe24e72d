package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/alecthomas/kong"

	"github.com/everframe/everframe/internal/buildinfo"
)

// defaultServer is where `server` listens when nothing else is said.
const defaultServer = "http://127.0.0.1:8080"

// cli is the whole command line.
type cli struct {
	Server string `placeholder:"URL" help:"The server's API (default http://127.0.0.1:8080)."`
	JSON   bool   `name:"json" help:"Print JSON, and nothing else, on standard output."`

	Version kong.VersionFlag `env:"-" help:"Print the version."`

	Run      runCmd      `cmd:"" help:"Transcode local files: upload, watch, fetch."`
	Job      jobCmd      `cmd:"" help:"Create, read, cancel, list and watch jobs."`
	Pipeline pipelineCmd `cmd:"" help:"Create, read and list pipelines."`
	Preset   presetCmd   `cmd:"" help:"Read and list presets."`
}

// app is what every command works with.
type app struct {
	ctx    context.Context // ends at the first Ctrl-C
	server string          // as given; empty is the default
	json   bool
	stdin  io.Reader
	out    printer // standard output
	err    printer // standard error

	clock func() time.Time
	poll  polling
	// again returns a context that ends at the next Ctrl-C, for what has to be
	// tidied up after the first one.
	again func() (context.Context, context.CancelFunc)
}

// run obeys args, reading and writing only what it is given. ctx ends at the
// first Ctrl-C.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	a := &app{
		ctx:   ctx,
		stdin: stdin,
		out:   newPrinter(stdout),
		err:   newPrinter(stderr),
		clock: time.Now,
		poll:  polling{first: 250 * time.Millisecond, last: time.Second, patience: time.Minute},
		again: func() (context.Context, context.CancelFunc) { return interruptible(context.WithoutCancel(ctx)) },
	}
	return a.run(args)
}

func (a *app) run(args []string) error {
	var c cli
	helped := false
	parser, err := kong.New(&c,
		kong.Name("starter"),
		kong.Description("Command-line client of Everframe. Exit status: 0 done, 1 a job failed or was canceled, 2 wrong usage, 3 server or network, 130 interrupted."),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.DefaultEnvars("EVERFRAME"),
		kong.Vars{"role": anyRole, "version": buildinfo.Version()},
		kong.Writers(a.out.w, a.err.w),
		kong.Exit(func(int) { helped = true }), // the caller decides when to exit
	)
	if err != nil {
		return err // a mistake in the declarations above
	}
	command, err := parser.Parse(args)
	if helped {
		return nil
	}
	if err != nil {
		return usageError{err}
	}
	a.server, a.json = c.Server, c.JSON
	if err := command.Run(a); err != nil {
		var jobs jobsError
		if a.ctx.Err() != nil && !errors.As(err, &jobs) {
			return errInterrupted
		}
		return err
	}
	return nil
}

// client returns the client of the server that was named, or the default one.
func (a *app) client() (*client, error) {
	if a.server == "" {
		return newClient(defaultServer)
	}
	return newClient(a.server)
}

// document prints v as the one JSON document of a command.
func (a *app) document(v any) error {
	enc := json.NewEncoder(a.out.w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// line prints v as one line of JSON.
func (a *app) line(v any) error {
	enc := json.NewEncoder(a.out.w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
