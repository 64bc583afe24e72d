// Package embedtemporal runs a real Temporal server, with its web UI, inside
// the calling process, on one SQLite file.
//
//	srv, err := embedtemporal.Start(ctx, embedtemporal.Options{File: "data/temporal.db"})
//	if err != nil { … }
//	defer srv.Stop()
//	c, err := client.Dial(client.Options{HostPort: srv.GRPCAddress()})
//
// The file survives kill -9: open workflows go on where they were. A file
// written by an older Temporal is backed up and brought up to date, or refused
// with a reason; the server alone would start on it and hang.
//
// The package does not start workers, know any workflow, or serve anything
// beyond loopback: there is no authentication in front of this server.
package embedtemporal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"

	"github.com/everframe/everframe/internal/fault"
)

// DefaultRetention is how long a closed workflow stays readable in Temporal.
// The catalog keeps job records for longer and does not depend on it.
const DefaultRetention = 30 * 24 * time.Hour

// NoUI as Options.UIPort starts the server without its web UI.
const NoUI = -1

// GCPercent is the garbage collector setting (debug.SetGCPercent) advised for
// a program that embeds this server, unless GOGC is set. At rest most of the
// heap is long-lived tables of the server, and the default of 100 keeps as
// much again in garbage. See BenchmarkStart for what the process then holds.
const GCPercent = 50

const (
	startTimeout = 60 * time.Second // a busy machine's cold cache; normal is under a second
	stopTimeout  = 10 * time.Second // normal is 1.2 s, of which 1 s is the server's own drain
	portTries    = 5                // reserved ports are lost to others very rarely; five in a row never
)

// Options says where and how the server runs. Only File is required.
type Options struct {
	// File is the SQLite database; it and its directory's entry are created.
	// One running server owns a file: a second Start on it fails.
	File string
	// Host is the loopback address to listen on; empty means 127.0.0.1.
	Host string
	// GRPCPort is the frontend's port; 0 picks a free one.
	GRPCPort int
	// UIPort is the web UI's port; 0 picks a free one, [NoUI] means none.
	UIPort int
	// Namespace is created when missing; empty means "default".
	Namespace string
	// Retention of a namespace created now; 0 means [DefaultRetention]. An
	// existing namespace keeps its own, which its operator may have changed.
	Retention time.Duration
	// SearchAttributes are added to the namespace where missing.
	SearchAttributes map[string]enums.IndexedValueType
	// Logger receives the server's log; nil means slog.Default.
	Logger *slog.Logger
}

// Server is a running Temporal server. Its methods are safe for concurrent use.
type Server struct {
	grpcAddress string
	uiURL       string

	log      *serverLog
	temporal *instance
	ui       *webUI
	store    *store

	stop    sync.Once
	stopErr error
}

// GRPCAddress returns host:port of the frontend, for client.Options.HostPort.
func (s *Server) GRPCAddress() string { return s.grpcAddress }

// UIURL returns the address of the web UI, and "" when there is none.
func (s *Server) UIURL() string { return s.uiURL }

// Failed yields at most one error: a service inside the server died after
// Start. The caller should then Stop and end.
func (s *Server) Failed() <-chan error { return s.log.fatal }

// Start prepares the file, starts the server and its UI, and returns when both
// accept calls. On an error everything started is stopped again.
//
// Errors are faults: Invalid (options that cannot be), Conflict (a port or the
// file is in use), BadInput (the file is not a Temporal database), Unsupported
// (the file is of a Temporal that cannot be brought up to date), Internal.
func Start(ctx context.Context, o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	st, err := openStore(ctx, o)
	if err != nil {
		return nil, err
	}
	s, err := startOn(ctx, o, st)
	if err != nil {
		return nil, errors.Join(err, st.close())
	}
	return s, nil
}

func startOn(ctx context.Context, o Options, st *store) (*Server, error) {
	for try := 1; ; try++ {
		p, err := reservePorts(o)
		if err != nil {
			return nil, err
		}
		s := &Server{
			grpcAddress: hostPort(o.Host, p.frontend),
			log:         newServerLog(o.Logger),
			store:       st,
		}
		err = s.run(ctx, o, p)
		if err == nil {
			return s, nil
		}
		if !errors.Is(err, errPortLost) || try == portTries {
			if fault.KindOf(err) == fault.Internal {
				err = fault.Wrap(err, "embedtemporal.Start", fault.Internal)
			}
			return nil, err
		}
		// Somebody took a port between its reservation and its use.
		o.Logger.Debug("temporal: a reserved port was taken, trying others", "try", try, "err", err)
	}
}

func (s *Server) run(ctx context.Context, o Options, p ports) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	var err error
	if s.temporal, err = startInstance(ctx, s.log, serverConfig(o.Host, p, s.store.sql), p.hosts(o.Host)); err != nil {
		return err
	}
	if o.UIPort != NoUI {
		if s.ui, err = startUI(ctx, o, p.ui, s.grpcAddress); err != nil {
			return errors.Join(err, s.temporal.stop(stopTimeout))
		}
		s.uiURL = "http://" + hostPort(o.Host, p.ui)
	}
	s.log.loud()
	return nil
}

// Stop ends the UI, then the server, then gives the file free. It takes about
// 1.2 s and is bounded. Stop workers and close clients before. Further calls
// return the first one's result.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		s.log.hush() // services that lose their neighbours say so at error level
		if s.ui != nil {
			s.ui.stop()
		}
		s.stopErr = errors.Join(s.temporal.stop(stopTimeout), s.store.close())
	})
	return s.stopErr
}

func (o Options) withDefaults() (Options, error) {
	const op = "embedtemporal.Start"
	if o.File == "" {
		return o, fault.New(op, fault.Invalid, 0, "no file given for the Temporal database")
	}
	var err error
	if o.File, err = filepath.Abs(o.File); err != nil {
		return o, fault.Wrap(err, op, fault.Internal)
	}
	if o.Host == "" || o.Host == "localhost" {
		o.Host = "127.0.0.1"
	}
	if ip := net.ParseIP(o.Host); ip == nil || !ip.IsLoopback() {
		return o, fault.New(op, fault.Invalid, 0,
			"the embedded Temporal has no authentication and listens on loopback only, not on %q", o.Host)
	}
	for _, p := range []int{o.GRPCPort, max(o.UIPort, 0)} {
		if p < 0 || p > 65535 {
			return o, fault.New(op, fault.Invalid, 0, "port %d is not between 0 and 65535", p)
		}
	}
	if o.GRPCPort != 0 && o.GRPCPort == o.UIPort {
		return o, fault.New(op, fault.Invalid, 0, "Temporal and its web UI cannot share port %d", o.GRPCPort)
	}
	if o.Namespace == "" {
		o.Namespace = "default"
	}
	if o.Retention == 0 {
		o.Retention = DefaultRetention
	}
	if o.Retention < time.Hour { // the server's own lower bound for local namespaces
		return o, fault.New(op, fault.Invalid, 0, "a retention of %v is below Temporal's minimum of one hour", o.Retention)
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o, nil
}

func hostPort(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }

// bounded runs f in a goroutine of its own and waits for it until ctx is done.
// f may end by runtime.Goexit, which the server's fatal log calls do.
func bounded(ctx context.Context, what string, f func() error) error {
	done := make(chan error, 1)
	go func() {
		err := fmt.Errorf("%s gave up", what)
		defer func() { done <- err }()
		err = f()
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", what, context.Cause(ctx))
	}
}
