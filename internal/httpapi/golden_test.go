package httpapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/everframe/everframe/internal/golden"
	"github.com/everframe/everframe/job"
)

// TestGolden plays the conversations of testdata: each archive is one server's
// life, each pair of sections N.request and N.response one exchange. A section
// N.backend says what happened in between: "<job id> <status>".
//
// Responses hold the status, the headers that clients read, and the body with
// line breaks added.
func TestGolden(t *testing.T) {
	for _, file := range golden.Files(t, "testdata/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			r := serve(t)
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range a.Files {
				name, kind, _ := strings.Cut(f.Name, ".")
				switch kind {
				case "request":
					golden.Check(t, file, name+".response", exchange(t, r, f.Data))
				case "backend":
					id, status, _ := strings.Cut(strings.TrimSpace(string(f.Data)), " ")
					r.backend.report(job.ID(id), job.Status(status))
				}
			}
		})
	}
}

// exchange sends a request written as "METHOD target", headers, an empty line
// and the body, and returns the answer.
func exchange(t *testing.T, r *rig, request []byte) []byte {
	t.Helper()
	head, body, _ := strings.Cut(string(request), "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	method, target, _ := strings.Cut(lines[0], " ")
	got := r.send(method, target, body, lines[1:]...)

	var b bytes.Buffer
	fmt.Fprintf(&b, "%d %s\n", got.StatusCode, http.StatusText(got.StatusCode))
	for _, h := range []string{"Content-Type", "x-amzn-ErrorType"} {
		if v := got.Header.Get(h); v != "" {
			fmt.Fprintf(&b, "%s: %s\n", h, v)
		}
	}
	b.WriteByte('\n')
	if err := json.Indent(&b, got.body, "", "  "); err != nil {
		t.Fatalf("%s: answer %q: %v", lines[0], got.body, err)
	}
	return b.Bytes()
}
