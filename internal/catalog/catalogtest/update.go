package catalogtest

import (
	"testing"

	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

func testUpdate(t *testing.T, url string) {
	c := withPipelines(t, url)
	submit(t, c, pipe, 1, 2)
	claim(t, c, pipe, 1)

	progress := func(frames int64) job.Job {
		j := submission(pipe, 1).Job
		j.Status = job.Progressing
		j.Timing.StartTimeMillis = epoch + 500
		j.Outputs[0].Status = job.Progressing
		j.Progress = &job.Progress{FramesDone: frames, FramesTotal: 100, Stage: "encoding"}
		return j
	}
	finished := progress(100)
	finished.Status = job.Error
	finished.Timing.FinishTimeMillis = epoch + 8000
	finished.Outputs[0].StatusDetail = "4000 25319782-210b-45b2-a8a2-fb929b87d46b: Amazon Elastic Transcoder could not interpret the media file."

	want := read(t, c, jobID(1))
	steps := []struct {
		name     string
		job      job.Job
		sequence int64
		applied  bool
		slot     catalog.Slot
	}{
		{"not after the submission", progress(1), 0, false, catalog.Claimed},
		{"the first shows that it runs", progress(10), 1, true, catalog.Running},
		{"repeated", progress(11), 1, false, catalog.Running},
		{"with a gap", progress(50), 5, true, catalog.Running},
		{"late", progress(20), 2, false, catalog.Running},
		{"late end", finished, 4, false, catalog.Running},
		{"end", finished, 6, true, catalog.Done},
		{"end again", finished, 6, false, catalog.Done},
		{"after the end", progress(99), 7, false, catalog.Done},
		{"another end", submission(pipe, 1).Job, 8, false, catalog.Done},
	}
	for _, s := range steps {
		applied, err := c.Update(t.Context(), s.job, s.sequence)
		if err != nil || applied != s.applied {
			t.Errorf("%s: applied %v, %v, want %v", s.name, applied, err, s.applied)
		}
		if s.applied {
			want.Job, want.Sequence = s.job, s.sequence
		}
		if want.Slot = s.slot; s.slot == catalog.Done {
			want.FinishedMillis = epoch + 8000
		}
		same(t, "record after: "+s.name, want, read(t, c, jobID(1)))
	}
	same(t, "the end freed the slot", numbered(2), claim(t, c, pipe, 1))

	_, err := c.Update(t.Context(), submission(pipe, 9).Job, 1)
	wantKind(t, "an unknown job", err, fault.NotFound)

	// One that still waits for admission keeps waiting, but may end.
	submit(t, c, pipe2, 3)
	j := submission(pipe2, 3).Job
	applied, err := c.Update(t.Context(), j, 1)
	if r := read(t, c, jobID(3)); err != nil || !applied || r.Slot != catalog.Waiting {
		t.Errorf("update of a waiting job: applied %v, slot %s, %v", applied, r.Slot, err)
	}
	must(t, end(t.Context(), c, read(t, c, jobID(3)), job.Canceled))
	same(t, "nothing waits", numbered(), claim(t, c, pipe2, 5))
}

func testFinish(t *testing.T, url string) {
	c := withPipelines(t, url)
	submit(t, c, pipe, 1, 2)
	claim(t, c, pipe, 1)
	j := submission(pipe, 1).Job
	j.Status = job.Progressing
	_, err := c.Update(t.Context(), j, 40)
	must(t, err)
	_, err = c.Finish(t.Context(), j)
	wantKind(t, "not an end", err, fault.Invalid)

	j.Status = job.Error
	j.Timing.FinishTimeMillis = epoch + 5
	for _, want := range []bool{true, false} {
		if applied, err := c.Finish(t.Context(), j); err != nil || applied != want {
			t.Errorf("applied %v, %v, want %v", applied, err, want)
		}
	}
	r := read(t, c, jobID(1))
	if r.Slot != catalog.Done || r.Job.Status != job.Error || r.Sequence != 41 || r.FinishedMillis != epoch+5 {
		t.Errorf("record: %+v", r)
	}
	j.Status = job.Complete
	if applied, err := c.Update(t.Context(), j, 50); err != nil || applied {
		t.Errorf("a report after the repair: applied %v, %v", applied, err)
	}
	same(t, "the slot is free", numbered(2), claim(t, c, pipe, 1))
	j.ID = jobID(9)
	_, err = c.Finish(t.Context(), j)
	wantKind(t, "an unknown job", err, fault.NotFound)
}

func testCancelWaiting(t *testing.T, url string) {
	c := withPipelines(t, url)
	submit(t, c, pipe, 1, 2)
	want := read(t, c, jobID(1))
	want.Slot, want.Sequence, want.FinishedMillis = catalog.Done, 1, epoch+66
	want.Job.Status, want.Job.Timing.FinishTimeMillis = job.Canceled, epoch+66
	want.Job.Outputs[0].Status, want.Job.Outputs[1].Status = job.Canceled, job.Canceled
	want.Job.Playlists[0].Status = job.Canceled

	got, err := c.CancelWaiting(t.Context(), jobID(1), epoch+66)
	must(t, err)
	same(t, "record returned", want, got)
	same(t, "record stored", want, read(t, c, jobID(1)))
	same(t, "what is left to claim", numbered(2), claim(t, c, pipe, 10))
	records, _, err := c.JobsByStatus(t.Context(), job.Canceled, catalog.Page{})
	must(t, err)
	same(t, "it stays listed", numbered(1), ids(records))
}
