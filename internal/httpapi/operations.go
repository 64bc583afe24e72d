package httpapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"

	"github.com/everframe/everframe/internal/fault"
)

// operation is one row of the API: where it is found, what it answers when
// all goes well, and what it does.
type operation struct {
	name   string
	method string
	path   string // below apiPrefix
	status int
	run    func(a *api, r *http.Request, body []byte) (any, error) // nil: not in this version
}

// apiPrefix is the API's version, the first part of every path.
const apiPrefix = "/2012-09-25"

// operations are all that the API has. Source: ET's service model for paths
// and codes.
var operations = []operation{
	{"CreatePipeline", "POST", "/pipelines", 201, (*api).createPipeline},
	{"ListPipelines", "GET", "/pipelines", 200, (*api).listPipelines},
	{"ReadPipeline", "GET", "/pipelines/{id}", 200, (*api).readPipeline},
	{"UpdatePipeline", "PUT", "/pipelines/{id}", 200, nil},
	{"DeletePipeline", "DELETE", "/pipelines/{id}", 202, nil},
	{"UpdatePipelineNotifications", "POST", "/pipelines/{id}/notifications", 200, nil},
	{"UpdatePipelineStatus", "POST", "/pipelines/{id}/status", 200, nil},
	{"TestRole", "POST", "/roleTests", 200, nil},

	{"CreatePreset", "POST", "/presets", 201, nil},
	{"ListPresets", "GET", "/presets", 200, (*api).listPresets},
	{"ReadPreset", "GET", "/presets/{id}", 200, (*api).readPreset},
	{"DeletePreset", "DELETE", "/presets/{id}", 202, (*api).deletePreset},

	{"CreateJob", "POST", "/jobs", 201, (*api).createJob},
	{"ReadJob", "GET", "/jobs/{id}", 200, (*api).readJob},
	{"CancelJob", "DELETE", "/jobs/{id}", 202, (*api).cancelJob},
	{"ListJobsByPipeline", "GET", "/jobsByPipeline/{pipelineId}", 200, (*api).listJobsByPipeline},
	{"ListJobsByStatus", "GET", "/jobsByStatus/{status}", 200, (*api).listJobsByStatus},
}

// maxBody bounds the body of an operation, in bytes. Inferred: ET's own bound
// is not known; the longest plausible job, 200 inputs stitched, is a tenth.
const maxBody = 1 << 20

// register routes every operation, the other methods of their paths, and all
// other paths.
func (a *api) register() {
	var paths []string
	methods := map[string][]string{} // by path
	for _, op := range operations {
		a.mux.HandleFunc(op.method+" "+apiPrefix+op.path, func(_ http.ResponseWriter, r *http.Request) { a.serve(op, callOf(r)) })
		if methods[op.path] == nil {
			paths = append(paths, op.path)
		}
		methods[op.path] = append(methods[op.path], op.method)
	}
	for _, p := range paths {
		slices.Sort(methods[p])
		a.mux.HandleFunc(apiPrefix+p, func(_ http.ResponseWriter, r *http.Request) { a.methodNotAllowed(callOf(r), methods[p]...) })
	}
	a.mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) { a.fail(callOf(r), errUnknownOperation) })
}

// serve runs an operation.
func (a *api) serve(op operation, c *call) {
	c.operation = op.name
	body, err := a.admit(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	if op.run == nil {
		a.fail(c, notAvailable(op.name))
		return
	}
	result, err := op.run(a, c.request, body)
	if err != nil {
		a.fail(c, err)
		return
	}
	c.send(op.status, result)
}

// admit reads the body of a request and lets the authenticator see all of it,
// as a signature covers its hash.
func (a *api) admit(c *call) ([]byte, error) {
	body, err := readBody(c)
	if err != nil {
		return nil, err
	}
	c.request.Body = io.NopCloser(bytes.NewReader(body))
	return body, a.authenticate(c)
}

func readBody(c *call) ([]byte, error) {
	const op = "httpapi.readBody"
	body, err := io.ReadAll(http.MaxBytesReader(c.ResponseWriter, c.request.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, fault.New(op, fault.Invalid, 0, "The body of the request is longer than %d bytes.", maxBody).Because(err)
	case err != nil:
		return nil, fault.New(op, fault.Invalid, 0, "The body of the request could not be read to its end.").Because(err)
	}
	return body, nil
}
