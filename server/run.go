package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/oklog/run"
	"go.temporal.io/sdk/client"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/dispatch"
	"github.com/everframe/everframe/internal/embedtemporal"
	"github.com/everframe/everframe/internal/host"
	"github.com/everframe/everframe/internal/httpapi"
	"github.com/everframe/everframe/internal/storage/file"
)

// addresses are what the server tells when it is ready.
type addresses struct {
	Message  string `json:"msg"`
	API      string `json:"api"`
	UI       string `json:"ui"`
	Temporal string `json:"temporal"`
	Data     string `json:"data"`
}

// serve runs the server until ctx ends. Everything it started has ended when
// it returns.
func serve(ctx context.Context, c Config, stdout, stderr io.Writer) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	log, err := c.Logger(stderr)
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(embedtemporal.GCPercent)
	}
	if c.Data, err = filepath.Abs(c.Data); err != nil {
		return err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()

	t, err := openTemporal(ctx, c, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	database, err := c.database()
	if err != nil {
		return err
	}
	cat, err := catalog.Open(ctx, database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cat.Close()) }()
	store, err := file.New(c.buckets())
	if err != nil {
		return err
	}

	var group run.Group
	dispatcher, err := addWork(ctx, &group, c, t, cat, store, log)
	if err != nil {
		return err
	}
	ready := &atomic.Bool{}
	b := backend{dispatcher, cat, store, c.Account()}
	api := &http.Server{
		Handler: httpapi.New(httpapi.Config{
			Account: c.Account(), Jobs: b, Pipelines: b, Presets: httpapi.SystemPresets(c.Account()), Files: store,
			Ready: func(context.Context) error {
				if !ready.Load() {
					return errors.New("starting")
				}
				return nil
			},
			Logger: log,
		}),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	group.Add(func() error { return api.Serve(listener) }, func(error) {
		stopping, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = api.Shutdown(stopping) // what is left is cut off when the process ends
	})
	addSignal(ctx, &group)
	if t.embedded != nil {
		addFailure(&group, t.embedded)
	}
	ready.Store(true)
	at := addresses{"ready", "http://" + listener.Addr().String(), t.ui, t.address, c.Data}
	if err := announce(stdout, c, at); err != nil {
		return err
	}
	err = group.Run()
	if ctx.Err() != nil || errors.Is(err, http.ErrServerClosed) {
		return nil // asked to stop
	}
	return err
}

// addWork adds a worker when Temporal is embedded, and the dispatcher alone
// when workers are elsewhere.
func addWork(ctx context.Context, group *run.Group, c Config, t *temporalStack, cat *catalog.Catalog, store *file.Store, log *slog.Logger) (*dispatch.Dispatcher, error) {
	working, cancel := context.WithCancel(ctx)
	if t.embedded == nil {
		d := dispatch.New(dispatch.Config{
			Temporal: t.client, Catalog: cat, Account: c.Account(), Presets: activities.SystemPresets,
			MaxActive: c.MaxActive, Now: time.Now, Log: log,
		})
		group.Add(func() error { return d.Run(working) }, func(error) { cancel() })
		return d, nil
	}
	h, err := host.New(ctx, host.Config{
		Temporal: t.client, Catalog: cat, Store: store, Scratch: c.scratch(), Settings: c.Settings, Log: log,
	})
	if err != nil {
		cancel()
		return nil, err
	}
	group.Add(func() error { return h.Run(working) }, func(error) { cancel() })
	return h.Dispatcher, nil
}

func addSignal(ctx context.Context, group *run.Group) {
	waiting, cancel := context.WithCancel(ctx)
	group.Add(func() error { <-waiting.Done(); return waiting.Err() }, func(error) { cancel() })
}

func addFailure(group *run.Group, s *embedtemporal.Server) {
	done := make(chan struct{})
	group.Add(func() error {
		select {
		case err := <-s.Failed():
			return err
		case <-done:
			return nil
		}
	}, func(error) { close(done) })
}

// announce tells where everything is.
func announce(w io.Writer, c Config, at addresses) error {
	if c.LogFormat == "json" {
		return json.NewEncoder(w).Encode(at)
	}
	_, err := fmt.Fprintf(w, `ready
  API          %s
  Temporal UI  %s
  Temporal     %s
  data         %s

Try:  starter run VIDEO --server %s
 or, with an SDK or command line that still has the service:
      aws elastictranscoder list-presets --endpoint-url %s --region %s --no-sign-request
`, at.API, none(at.UI), at.Temporal, at.Data, at.API, at.API, c.Region)
	return err
}

func none(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// dial connects to a Temporal server.
func dial(ctx context.Context, o client.Options) (client.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return client.DialContext(ctx, o)
}
