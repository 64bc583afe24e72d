package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/httpapi"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// TestKinds checks the table from kinds to HTTP: every kind has its answer,
// and what a customer may not see stays in the log.
func TestKinds(t *testing.T) {
	want := map[fault.Kind]string{
		fault.None:        "500 InternalServiceException",
		fault.Invalid:     "400 ValidationException shown",
		fault.Dependency:  "500 InternalServiceException",
		fault.NotFound:    "404 ResourceNotFoundException shown",
		fault.Exists:      "409 ResourceAlreadyExistsException shown",
		fault.Denied:      "403 AccessDeniedException shown",
		fault.Conflict:    "409 ResourceInUseException shown",
		fault.Limited:     "429 LimitExceededException shown",
		fault.BadInput:    "400 ValidationException shown",
		fault.Unsupported: "400 ValidationException shown",
		fault.Unavailable: "503 ServiceUnavailableException",
		fault.Canceled:    "503 ServiceUnavailableException",
		fault.Internal:    "500 InternalServiceException",
	}
	var failure error
	r := serve(t, func(c *httpapi.Config) { c.Presets = failingPresets{&failure} })
	for k := fault.None; k <= fault.Internal; k++ {
		t.Run(k.String(), func(t *testing.T) {
			failure = fault.New("catalog", k, 0, "shown").Because(errors.New("hidden"))
			got := r.send("GET", "/2012-09-25/presets", "")
			text := got.message(t)
			said := fmt.Sprint(got.StatusCode, " ", got.errorType())
			if text == "shown" {
				said += " shown"
			}
			if said != want[k] {
				t.Errorf("got %s, want %s", said, want[k])
			}
			if text == "" || strings.Contains(text, "hidden") {
				t.Errorf("text: got %q, want one that hides the cause", text)
			}
			l := r.line(got.Header.Get("x-amzn-RequestId"))
			if logged := l["error"] == failure.Error() && l["level"] == "ERROR"; logged != (got.StatusCode >= 500) {
				t.Errorf("log: got %v; the error belongs there only if it is ours", l)
			}
		})
	}
	t.Run("not a fault", func(t *testing.T) {
		failure = errors.New("hidden")
		if got := r.send("GET", "/2012-09-25/presets", ""); got.StatusCode != 500 || strings.Contains(got.message(t), "hidden") {
			t.Errorf("got %d %s, want 500 without details", got.StatusCode, got.body)
		}
	})
	t.Run("looked up for a job", func(t *testing.T) {
		failure = fault.New("catalog", fault.Unavailable, 0, "")
		if got := r.send("POST", "/2012-09-25/jobs", jobBody(r.pipeline(), "1351620000001-300040")); got.StatusCode != 503 {
			t.Errorf("got %d %s, want 503: the preset is not known to be missing", got.StatusCode, got.body)
		}
	})
}

// failingPresets fails with what it points to.
type failingPresets struct{ failure *error }

func (f failingPresets) Preset(context.Context, job.ID) (presets.Preset, error) {
	return presets.Preset{}, *f.failure
}

func (f failingPresets) Presets(context.Context, httpapi.Page) ([]presets.Preset, job.ID, error) {
	return nil, "", *f.failure
}

func TestPanic(t *testing.T) {
	r := serve(t, func(c *httpapi.Config) { c.Presets = failingPresets{nil} }) // a bug of ours
	got := r.send("GET", "/2012-09-25/presets", "")
	if got.StatusCode != 500 || got.errorType() != "InternalServiceException" {
		t.Errorf("got %d %s, want an internal error", got.StatusCode, got.errorType())
	}
	l := r.line(got.Header.Get("x-amzn-RequestId"))
	if stack, _ := l["stack"].(string); !strings.Contains(stack, "listPresets") {
		t.Errorf("log: got %v, want the stack", l)
	}
}

// TestErrors holds the answers that clients match on. Texts with a source in
// the API's guide or its captured answers are part of the contract.
func TestErrors(t *testing.T) {
	r := serve(t)
	pipeline := r.pipeline()
	running := r.job(pipeline)
	r.backend.report(job.ID(running), job.Progressing)
	const idPattern = ` failed to satisfy constraint: Member must satisfy regular expression pattern: ^\d{13}-\w{6}$`
	for _, c := range []struct {
		name, method, path, body string
		want                     string
	}{
		{"bad id", "GET", "/jobs/abc", "", "400 ValidationException: 1 validation error detected: Value 'abc' at 'id'" + idPattern},
		{"bad pipeline id", "GET", "/jobsByPipeline/abc", "", "400 ValidationException: 1 validation error detected: Value 'abc' at 'pipelineId'" + idPattern},
		{"dots as id", "GET", "/jobs/%2e%2e", "", "400 ValidationException: 1 validation error detected: Value '..' at 'id'" + idPattern},
		{"slash in id", "GET", "/jobs/a%2Fb", "", "400 ValidationException: 1 validation error detected: Value 'a/b' at 'id'" + idPattern},
		{"query", "GET", "/pipelines?Ascending=yes&PageToken=2", "", "400 ValidationException: 2 validation errors detected: Value 'yes' at 'ascending' failed to satisfy constraint: Member must satisfy regular expression pattern: (^true$)|(^false$); Value '2' at 'pageToken'" + idPattern},
		{"status", "GET", "/jobsByStatus/Done", "", "400 ValidationException: 1 validation error detected: Value 'Done' at 'status' failed to satisfy constraint: Member must satisfy regular expression pattern: (^Submitted$)|(^Progressing$)|(^Complete$)|(^Canceled$)|(^Error$)"},

		{"no job", "GET", "/jobs/" + unknownID, "", "404 ResourceNotFoundException: The specified job was not found: account=123456789012, jobId=" + unknownID + "."},
		{"no job to cancel", "DELETE", "/jobs/" + unknownID, "", "404 ResourceNotFoundException: The specified job was not found: account=123456789012, jobId=" + unknownID + "."},
		{"no pipeline", "GET", "/pipelines/" + unknownID, "", "404 ResourceNotFoundException: The specified pipeline was not found: account=123456789012, pipelineId=" + unknownID},
		{"no pipeline to list", "GET", "/jobsByPipeline/" + unknownID, "", "404 ResourceNotFoundException: The specified pipeline was not found: account=123456789012, pipelineId=" + unknownID},
		{"no pipeline for job", "POST", "/jobs", jobBody(unknownID, "1351620000001-300040"), "404 ResourceNotFoundException: The specified pipeline was not found: account=123456789012, pipelineId=" + unknownID},
		{"no preset", "GET", "/presets/" + unknownID, "", "404 ResourceNotFoundException: The specified preset was not found: account=123456789012, presetId=" + unknownID},
		{"no preset for job", "POST", "/jobs", jobBody(pipeline, unknownID), "404 ResourceNotFoundException: The specified preset was not found: account=123456789012, presetId=" + unknownID},

		{"cancel a running job", "DELETE", "/jobs/" + running, "", "409 ResourceInUseException: The job was already in use: accountId=123456789012, resourceId=" + running + "."},
		{"delete a system preset", "DELETE", "/presets/1351620000001-300040", "", "403 AccessDeniedException: Deleting a system preset is not allowed: account=123456789012, presetId=1351620000001-300040."},
		{"delete no preset", "DELETE", "/presets/" + unknownID, "", "404 ResourceNotFoundException: The specified preset was not found: account=123456789012, presetId=" + unknownID},

		{"null member", "POST", "/pipelines", `{"Name":"p","OutputBucket":"out","Role":"arn:aws:iam::123456789012:role/r"}`, "400 ValidationException: 1 validation error detected: Value null at 'inputBucket' failed to satisfy constraint: Member must not be null"},
		{"object for text", "POST", "/jobs", `{"PipelineId":{"a":1}}`, "400 SerializationException: Start of structure or map found where not expected."},

		{"unknown path", "GET", "/jobz", "", "404 UnknownOperationException: There is no such operation."},
		{"trailing slash", "GET", "/jobs/", "", "404 UnknownOperationException: There is no such operation."},
		{"double slash", "GET", "//jobs", "", "404 UnknownOperationException: There is no such operation."},
		{"wrong method", "PATCH", "/jobs", "", "405 UnknownOperationException: The method PATCH is not allowed here. Allowed: POST."},
		{"wrong method of id", "POST", "/pipelines/" + unknownID, "", "405 UnknownOperationException: The method POST is not allowed here. Allowed: DELETE, GET, PUT."},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := r.send(c.method, "/2012-09-25"+c.path, c.body)
			if diff := cmp.Diff(c.want, fmt.Sprint(got.StatusCode, " ", got.errorType(), ": ", got.message(t))); diff != "" {
				t.Error("(-want +got)\n" + diff)
			}
			if ct := got.Header.Get("Content-Type"); ct != "application/json" || !uuidForm.MatchString(got.Header.Get("x-amzn-RequestId")) {
				t.Errorf("headers: got %v", got.Header)
			}
			if allow := got.Header.Get("Allow"); (got.StatusCode == 405) != (allow != "") {
				t.Errorf("Allow: got %q", allow)
			}
		})
	}
	if n := len(r.backend.jobs); n != 1 {
		t.Errorf("jobs stored: got %d, want the 1 that was accepted", n)
	}
}

// TestNotAvailable checks that operations of later versions say so.
func TestNotAvailable(t *testing.T) {
	r := serve(t)
	for _, c := range []struct{ method, path, operation string }{
		{"PUT", "/pipelines/" + unknownID, "UpdatePipeline"},
		{"DELETE", "/pipelines/" + unknownID, "DeletePipeline"},
		{"POST", "/pipelines/" + unknownID + "/status", "UpdatePipelineStatus"},
		{"POST", "/pipelines/" + unknownID + "/notifications", "UpdatePipelineNotifications"},
		{"POST", "/presets", "CreatePreset"},
		{"POST", "/roleTests", "TestRole"},
	} {
		got := r.send(c.method, "/2012-09-25"+c.path, "{}")
		want := c.operation + " is not available in this version of Everframe."
		if got.StatusCode != 400 || got.errorType() != "ValidationException" || got.message(t) != want {
			t.Errorf("%s: got %d %s %s", c.operation, got.StatusCode, got.errorType(), got.body)
		}
	}
}

// TestHostileBodies sends what no client means to send. Nothing may be
// stored, and every answer is in the envelope.
func TestHostileBodies(t *testing.T) {
	r := serve(t)
	pipeline := r.pipeline()
	deep := strings.Repeat(`{"a":`, 100_000)
	for _, c := range []struct {
		name, body string
		errorType  string
	}{
		{"empty", "", "ValidationException"},
		{"null", "null", "ValidationException"},
		{"empty object", "{}", "ValidationException"},
		{"list", "[]", "SerializationException"},
		{"text", `"job"`, "SerializationException"},
		{"cut off", `{"PipelineId":"`, "SerializationException"},
		{"two values", `{}{}`, "SerializationException"},
		{"not JSON", "<job/>", "SerializationException"},
		{"binary", "\x00\xff\xfe", "SerializationException"},
		{"deep", deep, "SerializationException"},
		{"too long", `{"PipelineId":"` + strings.Repeat("1", 1<<20) + `"}`, "ValidationException"},
		{"too many outputs", `{"PipelineId":"` + pipeline + `","Input":{"Key":"a"},"Outputs":[` + strings.Repeat(`{},`, 30) + `{}]}`, "ValidationException"},
		{"control characters", strings.Replace(jobBody(pipeline, "1351620000001-300040"), "a.mp4", "a\n.mp4", 1), "SerializationException"},
		{"both forms", `{"PipelineId":"` + pipeline + `","Input":{"Key":"a"},"Inputs":[{"Key":"b"}],"Output":{"Key":"a.mp3","PresetId":"1351620000001-300040"}}`, "ValidationException"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := r.send("POST", "/2012-09-25/jobs", c.body)
			if got.StatusCode != 400 || got.errorType() != c.errorType || got.message(t) == "" {
				t.Errorf("got %d %s %.200s, want 400 %s", got.StatusCode, got.errorType(), got.body, c.errorType)
			}
		})
	}
	if n := len(r.backend.jobs); n != 0 {
		t.Errorf("jobs stored: got %d, want 0", n)
	}
}

// TestForcedCancel: a running job is canceled by those who say so.
func TestForcedCancel(t *testing.T) {
	r := serve(t)
	id := r.job(r.pipeline())
	r.backend.report(job.ID(id), job.Progressing)
	if got := r.send("DELETE", "/2012-09-25/jobs/"+id+"?force=true", ""); got.StatusCode != 202 {
		t.Fatalf("got %d, want 202", got.StatusCode)
	}
	if got := r.send("GET", "/2012-09-25/jobs/"+id, ""); !strings.Contains(string(got.body), `"Status":"Canceled"`) {
		t.Errorf("got %s, want a canceled job", got.body)
	}
	if got := r.send("DELETE", "/2012-09-25/jobs/"+id+"?force=true", ""); got.StatusCode != 409 {
		t.Errorf("canceled again: got %d, want 409", got.StatusCode)
	}
}
