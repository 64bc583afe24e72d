package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/google/uuid"

	"github.com/everframe/everframe/internal/fault"
)

// call is one request being answered. It is the ResponseWriter that handlers
// write to, so that the log knows what was sent.
type call struct {
	http.ResponseWriter
	request   *http.Request // its context leads back to the call
	id        string        // x-amzn-RequestId
	operation string
	principal string // from Config.Authenticate; may be empty
	started   time.Time

	status    int    // 0 until the header is written
	errorType string // x-amzn-ErrorType, if any
	err       error  // what only the log may show
	sendErr   error  // the client did not get all of the answer
}

type callKey struct{}

func begin(w http.ResponseWriter, r *http.Request) *call {
	c := &call{ResponseWriter: w, id: uuid.NewString(), operation: "Unknown", started: time.Now()}
	c.request = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	w.Header().Set("x-amzn-RequestId", c.id)
	return c
}

// callOf returns the call whose request r is.
func callOf(r *http.Request) *call { return r.Context().Value(callKey{}).(*call) }

func (c *call) WriteHeader(status int) {
	if c.status == 0 && status >= 200 {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *call) Write(b []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	return c.ResponseWriter.Write(b)
}

// Unwrap serves [http.ResponseController].
func (c *call) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// end logs a call that has been answered, also one that panicked: that is
// answered as an internal error, or cut off if half of an answer is out.
func (a *api) end(c *call) {
	var attrs []slog.Attr
	if p := recover(); p != nil {
		if p == http.ErrAbortHandler {
			panic(p)
		}
		attrs = append(attrs, slog.String("stack", string(debug.Stack())))
		err := fault.New("httpapi."+c.operation, fault.Internal, 0, "panic: %v", p)
		if c.status == 0 {
			a.fail(c, err)
		} else {
			c.err = err
			defer panic(http.ErrAbortHandler)
		}
	}
	a.log(c, attrs)
}

// log writes the line of a call: neither bodies nor the query, which may hold
// signatures.
func (a *api) log(c *call, attrs []slog.Attr) {
	level := slog.LevelInfo
	switch {
	case c.err != nil:
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", c.err.Error()))
	case c.operation == "Health":
		level = slog.LevelDebug
	}
	for _, o := range []struct{ key, value string }{{"errorType", c.errorType}, {"principal", c.principal}} {
		if o.value != "" {
			attrs = append(attrs, slog.String(o.key, o.value))
		}
	}
	if c.sendErr != nil {
		attrs = append(attrs, slog.String("incomplete", fmt.Sprint(c.sendErr)))
	}
	status := c.status
	if status == 0 {
		status = http.StatusOK // what net/http sends when a handler wrote nothing
	}
	a.Logger.LogAttrs(c.request.Context(), level, "request", append([]slog.Attr{
		slog.String("operation", c.operation),
		slog.String("method", c.request.Method),
		slog.String("path", c.request.URL.Path),
		slog.Int("status", status),
		slog.Duration("duration", time.Since(c.started)),
		slog.String("requestId", c.id),
	}, attrs...)...)
}
