package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// apiError is a request the server answered with an error.
type apiError struct {
	Op        string // the operation, e.g. "ReadJob"
	Status    int    // HTTP status
	Type      string // e.g. "ResourceNotFoundException"; empty when the answer names none
	Message   string // the server's sentence
	RequestID string // to find the request in the server's log; may be empty
}

func (e *apiError) Error() string {
	text := e.Message
	if text == "" {
		text = http.StatusText(e.Status)
	}
	what := e.Type
	if what == "" {
		what = fmt.Sprintf("HTTP %d", e.Status)
	}
	return fmt.Sprintf("%s: %s (%s)", e.Op, text, what)
}

// unreachable is a server that did not answer at all.
type unreachable struct {
	base string // the server's URL
	err  error
}

func (e *unreachable) Error() string {
	return fmt.Sprintf("no server answers at %s: %v", e.base, e.err)
}

func (e *unreachable) Unwrap() error { return e.err }

// readError reads an error response. The type is the header up to a colon and
// the text the body's message, whose name varies in case with who wrote it.
// Source: ET wire, error envelope.
func readError(op string, resp *http.Response) *apiError {
	e := &apiError{Op: op, Status: resp.StatusCode, RequestID: resp.Header.Get("x-amzn-RequestId")}
	e.Type, _, _ = strings.Cut(resp.Header.Get("x-amzn-ErrorType"), ":")
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10)) // a cut body still has a status
	var text struct{ Message string }                        // matches "message" too
	if json.Unmarshal(body, &text) == nil && text.Message != "" {
		e.Message = text.Message
	} else if line, _, _ := strings.Cut(strings.TrimSpace(string(body)), "\n"); !strings.HasPrefix(line, "<") {
		e.Message = line[:min(len(line), 300)]
	}
	return e
}
