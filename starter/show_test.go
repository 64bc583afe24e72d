package main

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/job"
)

// Outputs tend to share their warnings, which are long.
func TestPrintOutputsNotes(t *testing.T) {
	output := func(key string, s job.Status, detail string) job.OutputRecord {
		var o job.OutputRecord
		o.Key, o.Status, o.StatusDetail = key, s, detail
		return o
	}
	var out bytes.Buffer
	printOutputs(newPrinter(&out), job.Job{Outputs: []job.OutputRecord{
		output("a", job.Complete, "Too loud."),
		output("b", job.Complete, ""),
		output("c", job.Complete, "Too loud."),
		output("d", job.Complete, "Too \x1b[31mred."),
		output("e", job.Error, "4008 0c9f3e0a-1111-4222-8333-444455556666: No sound."),
	}})
	want := `OUTPUT  SIZE  DURATION  FRAME  STATUS
a       -     -         -      Complete, note 1
b       -     -         -      Complete
c       -     -         -      Complete, note 1
d       -     -         -      Complete, note 2
e       -     -         -      Error, error 4008: No sound.
Note 1: Too loud.
Note 2: Too ` + "\uFFFD" + `[31mred.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
