package catalogtest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

func testClaimInOrder(t *testing.T, url string) {
	c := withPipelines(t, url)
	submit(t, c, pipe, 5, 3, 4, 1, 2) // the order of submission counts, not that of ids
	submit(t, c, pipe2, 6)

	records, err := c.Claim(t.Context(), pipe, 2, epoch+77)
	must(t, err)
	same(t, "the first two", numbered(5, 3), ids(records))
	for _, r := range records {
		if r.Slot != catalog.Claimed || r.ClaimedMillis != epoch+77 || len(r.Request) == 0 {
			t.Errorf("claimed: %+v", r)
		}
		same(t, "the claim as stored", r, read(t, c, r.Job.ID))
	}
	same(t, "a full pipeline", numbered(), claim(t, c, pipe, 2))
	same(t, "another pipeline", numbered(6), claim(t, c, pipe2, 2))

	must(t, c.Started(t.Context(), jobID(5)))
	same(t, "running counts too", numbered(), claim(t, c, pipe, 2))
	must(t, end(t.Context(), c, read(t, c, jobID(5)), job.Complete))
	same(t, "a slot is free", numbered(4), claim(t, c, pipe, 2))
	same(t, "a lower limit", numbered(), claim(t, c, pipe, 1))
	must(t, c.Release(t.Context(), jobID(3)))
	same(t, "the released one is first again", numbered(3, 1), claim(t, c, pipe, 3))
	same(t, "more room than jobs", numbered(2), claim(t, c, pipe, 100))
	same(t, "an empty queue", numbered(), claim(t, c, pipe, 100))
}

func testClaimPaused(t *testing.T, url string) {
	c, ctx := open(t, url), t.Context()
	must(t, c.CreatePipeline(ctx, newPipeline(pipe), 1, epoch)) // a limit of its own
	submit(t, c, pipe, 1, 2, 3)
	_, err := c.SetPipelineStatus(ctx, pipe, job.Paused)
	must(t, err)
	submit(t, c, pipe, 4) // a paused pipeline accepts jobs
	same(t, "paused", numbered(), claim(t, c, pipe, 10))
	queues, err := c.Queues(ctx)
	must(t, err)
	same(t, "queues", 0, len(queues))
	_, err = c.SetPipelineStatus(ctx, pipe, job.Active)
	must(t, err)
	same(t, "resumed, at its own limit", numbered(1), claim(t, c, pipe, 10))
}

// testClaimConcurrently lets claimers in two processes, cancelers and jobs that
// end work on one queue until it is empty.
func testClaimConcurrently(t *testing.T, url string) {
	const jobs, limit, claimers = 120, 5, 8
	two := []*catalog.Catalog{withPipelines(t, url), open(t, url)}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for n := range jobs {
		submit(t, two[0], pipe, n)
	}
	var (
		wg       sync.WaitGroup
		active   atomic.Int64
		over     atomic.Int64 // jobs that have ended, in one way or the other
		mu       sync.Mutex   // guards claimed
		claimed  = map[job.ID]int{}
		canceled int
	)
	for i := range claimers {
		c := two[i%2]
		wg.Go(func() {
			for over.Load() < jobs && ctx.Err() == nil {
				records, err := c.Claim(ctx, pipe, limit, epoch)
				if err != nil {
					t.Error(err)
					stop()
					return
				}
				if now := active.Add(int64(len(records))); now > limit {
					t.Errorf("%d jobs hold %d slots", now, limit)
				}
				for _, r := range records {
					mu.Lock()
					claimed[r.Job.ID]++
					mu.Unlock()
					if err := c.Started(ctx, r.Job.ID); err != nil {
						t.Error(err)
					}
					active.Add(-1) // before its slot is really free
					if err := end(ctx, c, r, job.Complete); err != nil {
						t.Error(err)
						stop()
					}
					over.Add(1)
				}
			}
		})
	}
	wg.Go(func() { // cancels from the end of the queue, until it meets the claimers
		for n := jobs - 1; n > jobs/2; n-- {
			switch _, err := two[0].CancelWaiting(ctx, jobID(n), epoch); fault.KindOf(err) {
			case fault.None:
				canceled++
				over.Add(1)
			case fault.Conflict:
			default:
				t.Errorf("canceling job %d: %v", n, err)
			}
		}
	})
	wg.Wait()
	for id, n := range claimed {
		if n != 1 {
			t.Errorf("job %s was claimed %d times", id, n)
		}
	}
	if len(claimed)+canceled != jobs {
		t.Errorf("%d jobs claimed and %d canceled, of %d", len(claimed), canceled, jobs)
	}
	if canceled == 0 || len(claimed) == 0 {
		t.Errorf("no contest: %d claimed, %d canceled", len(claimed), canceled)
	}
}

// testSlots asks for every change of slot in every slot.
func testSlots(t *testing.T, url string) {
	c := withPipelines(t, url)
	into := map[catalog.Slot]func(id job.ID){
		catalog.Waiting: func(job.ID) {},
		catalog.Claimed: func(id job.ID) { claim(t, c, pipe, 1000) },
		catalog.Running: func(id job.ID) { claim(t, c, pipe, 1000); must(t, c.Started(t.Context(), id)) },
		catalog.Done: func(id job.ID) {
			_, err := c.CancelWaiting(t.Context(), id, epoch)
			must(t, err)
		},
	}
	started := func(id job.ID) error { return c.Started(t.Context(), id) }
	release := func(id job.ID) error { return c.Release(t.Context(), id) }
	cancel := func(id job.ID) error {
		_, err := c.CancelWaiting(t.Context(), id, epoch)
		return err
	}
	tests := []struct {
		name string
		do   func(job.ID) error
		from catalog.Slot
		kind fault.Kind
		to   catalog.Slot
	}{
		{"started", started, catalog.Waiting, fault.Conflict, catalog.Waiting},
		{"started", started, catalog.Claimed, fault.None, catalog.Running},
		{"started", started, catalog.Running, fault.None, catalog.Running},
		{"started", started, catalog.Done, fault.None, catalog.Done},
		{"release", release, catalog.Waiting, fault.None, catalog.Waiting},
		{"release", release, catalog.Claimed, fault.None, catalog.Waiting},
		{"release", release, catalog.Running, fault.Conflict, catalog.Running},
		{"release", release, catalog.Done, fault.Conflict, catalog.Done},
		{"cancel", cancel, catalog.Waiting, fault.None, catalog.Done},
		{"cancel", cancel, catalog.Claimed, fault.Conflict, catalog.Claimed},
		{"cancel", cancel, catalog.Running, fault.Conflict, catalog.Running},
		{"cancel", cancel, catalog.Done, fault.Conflict, catalog.Done},
	}
	for n, tt := range tests {
		submit(t, c, pipe, n)
		into[tt.from](jobID(n))
		what := tt.name + " when " + string(tt.from)
		wantKind(t, what, tt.do(jobID(n)), tt.kind)
		if got := read(t, c, jobID(n)).Slot; got != tt.to {
			t.Errorf("%s: slot %s, want %s", what, got, tt.to)
		}
	}
	for _, do := range []func(job.ID) error{started, release, cancel} {
		wantKind(t, "an unknown job", do(jobID(99)), fault.NotFound)
	}
}
