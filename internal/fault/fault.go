// Package fault gives every error a kind, and every job failure the public
// code Elastic Transcoder's clients know.
//
// The kind decides everything at the edges: whether Temporal retries
// (activities), which HTTP status an API caller sees (httpapi) and which job
// error code a customer reads when none was chosen. Code that meets an error
// wraps it once, with what the cause lacks:
//
//	return fault.New("plan", fault.Unsupported, 4008, "The preset has video, but the input has none.")
//	return fault.Wrap(err, "catalog.Submit", fault.Unavailable)
//
// The package does not log, translate or retry.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Error is one failure: what was attempted, of what kind, on which object.
// The zero Code means "the kind's default code" (see [CodeOf]).
type Error struct {
	Op     string // the operation in this code base, e.g. "catalog.Submit"; for operators
	Kind   Kind
	Code   Code   // public job error code; 0 = the kind's default
	Object string // what it happened to: a key, an id; for operators
	Text   string // the sentence a customer may read; empty = the cause's
	Err    error  // the cause; may be nil
}

// New returns an error of kind k whose text is meant for the customer.
// Code may be 0.
func New(op string, k Kind, code Code, format string, args ...any) *Error {
	return &Error{Op: op, Kind: k, Code: code, Text: fmt.Sprintf(format, args...)}
}

// Wrap returns err with an operation and a kind. It returns nil for a nil err.
// The customer's text is the one found deeper, if any.
func Wrap(err error, op string, k Kind) error {
	if err == nil {
		return nil
	}
	return &Error{Op: op, Kind: k, Err: err}
}

// On returns e with the object it happened to.
func (e *Error) On(object string) *Error {
	e.Object = object
	return e
}

// Because returns e with its cause.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// Error prints "op object: text: cause", leaving out what is empty.
func (e *Error) Error() string {
	head := strings.TrimSpace(e.Op + " " + e.Object)
	parts := make([]string, 0, 3)
	for _, s := range []string{head, e.Text} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	if len(parts) == 0 {
		return e.Kind.String()
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the outermost fault in err's chain, and Internal
// for an error that carries none. A nil error has kind None.
func KindOf(err error) Kind {
	if err == nil {
		return None
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// CodeOf returns the public job error code of err: the first one set in its
// chain, else the default of its kind. A nil error has code 0.
func CodeOf(err error) Code {
	if err == nil {
		return 0
	}
	for e, rest := (*Error)(nil), err; errors.As(rest, &e); rest = e.Err {
		if e.Code != 0 {
			return e.Code
		}
	}
	return KindOf(err).code()
}

// Text returns the first sentence meant for customers in err's chain, or the
// text of its code. It never contains operations, paths or causes. It is empty
// for a nil error and for a canceled job, which have no code.
func Text(err error) string {
	for e, rest := (*Error)(nil), err; errors.As(rest, &e); rest = e.Err {
		if e.Text != "" {
			return e.Text
		}
	}
	return CodeOf(err).Text()
}
