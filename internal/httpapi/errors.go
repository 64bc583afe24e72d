package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

// answer is how errors of one kind are told to clients.
type answer struct {
	status    int
	errorType string // x-amzn-ErrorType, by which SDKs choose their error's type
	text      string // replaces the error's own, for errors that only the log may show
}

const (
	textInternal    = "The service encountered an unexpected error while trying to fulfill the request."
	textUnavailable = "The service is temporarily unavailable. Try again later."
)

// answers is the one table from kinds to HTTP. Source: ET guide, "Handling
// Errors". Inferred: Exists, which only uploads meet, and BadInput and
// Unsupported, which only the checks of a request may report here.
var answers = map[fault.Kind]answer{
	fault.Invalid:     {400, "ValidationException", ""},
	fault.BadInput:    {400, "ValidationException", ""},
	fault.Unsupported: {400, "ValidationException", ""},
	fault.Denied:      {403, "AccessDeniedException", ""},
	fault.NotFound:    {404, "ResourceNotFoundException", ""},
	fault.Conflict:    {409, "ResourceInUseException", ""},
	fault.Exists:      {409, "ResourceAlreadyExistsException", ""},
	fault.Limited:     {429, "LimitExceededException", ""},
	fault.Unavailable: {503, "ServiceUnavailableException", textUnavailable},
	fault.Canceled:    {503, "ServiceUnavailableException", textUnavailable}, // by a server that stops: its client may try again
	fault.Dependency:  {500, "InternalServiceException", textInternal},
	fault.Internal:    {500, "InternalServiceException", textInternal},
	fault.None:        {500, "InternalServiceException", textInternal}, // a fault that says it is none is a bug
}

// refusal is an error of the protocol itself, before any operation is run.
type refusal struct {
	status    int
	errorType string
	member    string // that holds the text
	text      string
}

func (r *refusal) Error() string { return r.text }

// errUnknownOperation answers a path or a method the API does not have.
// Inferred: from other services of the same make.
var errUnknownOperation = &refusal{http.StatusNotFound, "UnknownOperationException", "message", "There is no such operation."}

// malformed is the answer to a body that does not parse. Source: a captured
// answer has the text in Message, unlike all others; Inferred: the type.
func malformed(err error) error {
	return &refusal{http.StatusBadRequest, "SerializationException", "Message", fault.Text(err)}
}

// notAvailable is the answer of an operation that is not there yet: of the
// answers a client expects from every operation, the one it does not retry.
func notAvailable(operation string) error {
	return fault.New("httpapi."+operation, fault.Invalid, 0, "%s is not available in this version of Everframe.", operation)
}

// worded gives a NotFound fault about the object of that kind (job.KindJob,
// …) and id the API's text, and leaves other errors alone. Source: ET guide;
// only the job's text ends in a dot.
func (a *api) worded(err error, kind string, id job.ID) error {
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	dot := ""
	if kind == job.KindJob {
		dot = "."
	}
	return fault.New("httpapi", fault.NotFound, 0,
		"The specified %s was not found: account=%s, %sId=%s%s", kind, a.Account.ID, kind, id, dot).Because(err)
}

// fail answers with err.
func (a *api) fail(c *call, err error) {
	var (
		r    *refusal
		said answer
	)
	member := "message"
	if errors.As(err, &r) {
		said, member = answer{r.status, r.errorType, r.text}, r.member
	} else {
		said = answers[fault.KindOf(err)]
		if said.text == "" {
			said.text = fault.Text(err)
		}
	}
	if said.status >= 500 {
		c.err = err
	}
	c.errorType = said.errorType
	c.Header().Set("x-amzn-ErrorType", said.errorType)
	c.send(said.status, map[string]string{member: said.text})
}

// methodNotAllowed answers a method that the path does not have.
func (a *api) methodNotAllowed(c *call, allowed ...string) {
	c.Header().Set("Allow", strings.Join(allowed, ", "))
	a.fail(c, &refusal{
		http.StatusMethodNotAllowed, "UnknownOperationException", "message",
		"The method " + c.request.Method + " is not allowed here. Allowed: " + strings.Join(allowed, ", ") + ".",
	})
}

// send answers with v as JSON.
func (c *call) send(status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // a type of ours that has no JSON
	}
	c.Header().Set("Content-Type", "application/json")
	c.Header().Set("Content-Length", strconv.Itoa(len(b)))
	c.Header().Set("Cache-Control", "no-store")
	c.WriteHeader(status)
	_, c.sendErr = c.Write(b)
}
