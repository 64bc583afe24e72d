package workflows_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/golden"
	"github.com/everframe/everframe/job"
)

// TestRecord compares the whole record of good jobs, and the steps that made
// them, with goldens.
func TestRecord(t *testing.T) {
	for _, file := range golden.Files(t, "testdata/*.txtar") {
		t.Run(file, func(t *testing.T) {
			w := newWorld(t)
			w.req = job.Request{}
			if err := json.Unmarshal(golden.Section(t, file, "job.json"), &w.req); err != nil {
				t.Fatal(err)
			}
			j, err := w.run()
			if err != nil {
				t.Fatal(err)
			}
			if m := j.Timing; m.SubmitTimeMillis != submitted || m.StartTimeMillis < submitted+5000 || m.FinishTimeMillis < m.StartTimeMillis {
				t.Errorf("timing %+v", m)
			}
			j.Timing = job.Timing{}
			golden.Check(t, file, "record.json", []byte(text(t, j)))
			golden.Check(t, file, "steps.txt", []byte(strings.Join(dropReports(w.list()), "\n")))
		})
	}
}

// dropReports leaves out the reports under way: how many there are depends on
// how fast they are.
func dropReports(steps []string) []string {
	var rest []string
	for _, s := range steps {
		if s != "Report "+string(job.Progressing) {
			rest = append(rest, s)
		}
	}
	return rest
}

func TestSingleOutputBeginsWithTheJob(t *testing.T) {
	w := newWorld(t)
	w.req.Outputs, w.req.Playlists = w.req.Outputs[:1], nil
	if _, err := w.run(); err != nil {
		t.Fatal(err)
	}
	want := []job.Status{job.Progressing, job.Progressing}
	if diff := cmp.Diff(want, states(w.reports[0].Job)); diff != "" {
		t.Errorf("first report (-want +got):\n%s", diff)
	}
}
