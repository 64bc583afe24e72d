package httpapi

import (
	"net/http"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/wire"
	"github.com/everframe/everframe/job"
)

// pageSize is how many items a list answers with at most. Inferred: ET's was
// never documented; 50 is what most client code assumes.
const pageSize = 50

// params reads the parameters of a path and a query, and gathers what is
// wrong with them, so that a client reads all of it at once.
type params struct {
	request *http.Request
	broken  wire.Violations
}

// path returns a parameter of the path that has to satisfy the shape. The
// API's texts call it by the same name.
func (p *params) path(name, shape string) string {
	v := p.request.PathValue(name)
	p.broken = append(p.broken, wire.Match(v, shape, name)...)
	return v
}

// id returns the id that the path names.
func (p *params) id(name string) job.ID { return job.ID(p.path(name, "Id")) }

// page returns what Ascending and PageToken ask for. Inferred: that lists are
// ascending by default; real preset lists were.
func (p *params) page() Page {
	q := p.request.URL.Query()
	ascending, token := q.Get("Ascending"), q.Get("PageToken")
	if ascending != "" {
		p.broken = append(p.broken, wire.Match(ascending, "Ascending", "ascending")...)
	}
	if token != "" {
		p.broken = append(p.broken, wire.Match(token, "Id", "pageToken")...)
	}
	return Page{Descending: ascending == "false", After: job.ID(token), Size: pageSize}
}

// force tells whether a job is to be canceled though it runs: "?force=true".
// Ours, not ET's: without it a running job answers 409, as old clients expect.
func (p *params) force() bool { return p.request.URL.Query().Get("force") == "true" }

// err reports what was wrong so far: fault.Invalid with the API's text.
func (p *params) err() error {
	if len(p.broken) == 0 {
		return nil
	}
	return fault.New("httpapi.params", fault.Invalid, 0, "%s", p.broken.Error())
}

// token is NextPageToken: null on the last page.
func token(next job.ID) *job.ID {
	if next == "" {
		return nil
	}
	return &next
}

// list returns items so that none is [] and not null.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
