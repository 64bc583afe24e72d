package job

import (
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/wire"
)

// ParseRequest reads the body of CreateJob. It reports fault.Invalid, with the
// API's text, for a body that is no JSON or has a structure where a string
// belongs; whether the values make sense is [Request.Validate]'s to say.
//
// Members the API does not have are skipped. Inferred: numbers and booleans
// are taken where strings belong, for callers that write "SegmentDuration": 10.
func ParseRequest(body []byte) (Request, error) {
	var r Request
	return r, parse("job.ParseRequest", body, &r)
}

// ParseCreatePipeline reads the body of CreatePipeline as [ParseRequest] does
// that of CreateJob.
func ParseCreatePipeline(body []byte) (CreatePipelineRequest, error) {
	var r CreatePipelineRequest
	return r, parse("job.ParseCreatePipeline", body, &r)
}

// UnmarshalJSON reads a request as [ParseRequest] does, so that a workflow
// started by hand accepts what the API accepts.
func (r *Request) UnmarshalJSON(body []byte) error {
	return parse("job.Request", body, r)
}

func parse(op string, body []byte, into any) error {
	if err := wire.Unmarshal(body, into); err != nil {
		return fault.New(op, fault.Invalid, 0, "%s", err.Error())
	}
	return nil
}
