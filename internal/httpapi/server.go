package httpapi

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/everframe/everframe/job"
)

// Config is what the handler works with. Account, Jobs, Pipelines and Presets
// are required.
type Config struct {
	Account   job.Account // named in ARNs and in error texts
	Jobs      Jobs
	Pipelines Pipelines
	Presets   Presets

	// Files is where the file endpoint reads and writes; nil turns it off.
	Files Files

	// Authenticate returns who sends a request, or a fault of kind Denied whose
	// text the client reads. The body of an API request can be read and need
	// not be left unread; that of an upload must be left alone. Nil accepts
	// everyone, and then Hosts limits by which names.
	Authenticate func(*http.Request) (principal string, err error)

	// Hosts are the names, without ports, by which an open server (no
	// Authenticate) may be asked for, besides localhost and the loopback
	// addresses: those of a proxy in front of it.
	Hosts []string

	// Ready reports why the server cannot serve; nil is always ready. GET
	// /healthz answers 503 with nothing of the error while it reports one.
	Ready func(context.Context) error

	// Logger gets a line per request; nil discards them.
	Logger *slog.Logger
}

// New returns the handler of everything this package serves.
func New(cfg Config) http.Handler {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	cfg.Hosts = slices.Clone(cfg.Hosts)
	a := &api{Config: cfg, mux: http.NewServeMux(), crossOrigin: http.NewCrossOriginProtection()}
	a.register()
	return a
}

type api struct {
	Config
	mux         *http.ServeMux // the operations
	crossOrigin *http.CrossOriginProtection
}

// ServeHTTP finds out what is asked and by whom, and logs how it went.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := begin(w, r)
	defer a.end(c)
	if r.URL.Path == "/healthz" {
		a.health(c)
		return
	}
	if err := a.guard(c.request); err != nil {
		a.fail(c, err)
		return
	}
	switch p := r.URL.EscapedPath(); {
	case strings.HasPrefix(p, filesPrefix) && a.Files != nil:
		a.serveFile(c)
	case p != path.Clean(p): // ServeMux would redirect, which clients of the API do not expect
		a.fail(c, errUnknownOperation)
	default:
		a.mux.ServeHTTP(c, c.request)
	}
}

// health answers GET /healthz in plain text, to anyone: probes do not sign,
// and name the server by its address.
func (a *api) health(c *call) {
	c.operation = "Health"
	if c.request.Method != http.MethodGet && c.request.Method != http.MethodHead {
		a.methodNotAllowed(c, http.MethodGet, http.MethodHead)
		return
	}
	c.Header().Set("Content-Type", "text/plain; charset=utf-8")
	c.Header().Set("Cache-Control", "no-store")
	if a.Ready != nil {
		if err := a.Ready(c.request.Context()); err != nil {
			c.err = err
			c.WriteHeader(http.StatusServiceUnavailable)
			_, c.sendErr = io.WriteString(c, "not ready\n")
			return
		}
	}
	_, c.sendErr = io.WriteString(c, "ok\n")
}

// authenticate notes who sends the request.
func (a *api) authenticate(c *call) (err error) {
	if a.Authenticate != nil {
		c.principal, err = a.Authenticate(c.request)
	}
	return err
}
