package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/everframe/everframe/internal/fault"
)

// failure is what of an error crosses to the workflow and stays in history:
// public, and without secrets or paths.
type failure struct {
	Code fault.Code
	Text string
}

// bugTries is how often a step is tried that fails by our own fault: the cause
// may be a lost race or a full disk, but is likely to stay.
const bugTries = 3

// reported turns an error into one Temporal understands: the type is the
// fault's kind, and kinds that a retry cannot help are not retried. This is the
// only place that does.
func reported(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if fault.KindOf(err) == fault.Canceled {
		if canceled(ctx) {
			return temporal.NewCanceledError()
		}
		err = trouble(err, "activities") // this worker stops, or nothing moved any more
	}
	kind := fault.KindOf(err)
	// The message is for operators, in history and UI: operation and cause.
	return temporal.NewApplicationErrorWithOptions(err.Error(), kind.String(), temporal.ApplicationErrorOptions{
		NonRetryable: final(ctx, kind),
		Details:      []any{failure{Code: fault.CodeOf(err), Text: fault.Text(err)}},
	})
}

// canceled reports whether the step was canceled with its job. The context of a
// step ends in other cases, too: when the worker stops, or the server has given
// the step to another one.
func canceled(ctx context.Context) bool {
	if ctx.Err() == nil {
		return false
	}
	return activity.GetInfo(ctx).IsLocalActivity || temporal.IsCanceledError(context.Cause(ctx))
}

// final reports whether an error of that kind is not followed by another try.
func final(ctx context.Context, kind fault.Kind) bool {
	switch kind {
	case fault.Canceled:
		return false // see reported
	case fault.Internal:
		return activity.GetInfo(ctx).Attempt >= bugTries
	}
	return !kind.Retryable()
}

// Fault returns the fault behind an error that an activity or a child workflow
// ended with: its kind, and the code and text the customer reads. A lost
// worker or a time-out is Unavailable. A nil error gives nil.
func Fault(err error) *fault.Error {
	if err == nil {
		return nil
	}
	if temporal.IsCanceledError(err) {
		return &fault.Error{Kind: fault.Canceled, Err: err}
	}
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		out := &fault.Error{Kind: fault.ParseKind(app.Type()), Err: err}
		var f failure
		if app.HasDetails() && app.Details(&f) == nil {
			out.Code, out.Text = f.Code, f.Text
		}
		return out
	}
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) {
		return &fault.Error{Kind: fault.Unavailable, Code: fault.InternalServiceError, Err: err}
	}
	return &fault.Error{Kind: fault.Internal, Err: err}
}
