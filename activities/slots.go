package activities

import (
	"context"

	"golang.org/x/sync/semaphore"

	"github.com/everframe/everframe/internal/storage"
)

// Slots are the cores of a worker that encoders may use. Each encoder asks for
// as many as it has threads, so that one big encode and many small ones load
// the machine alike. First come, first served.
type Slots struct {
	cores int64
	free  *semaphore.Weighted
}

// NewSlots returns n cores; n below 1 counts as 1.
func NewSlots(n int) *Slots {
	cores := int64(max(n, 1))
	return &Slots{cores: cores, free: semaphore.NewWeighted(cores)}
}

// Acquire waits for the cores of an encoder with so many threads (0 = all
// cores) and returns a function that gives them back.
// It reports fault.Canceled, or Unavailable after a deadline, when ctx ends first.
func (s *Slots) Acquire(ctx context.Context, threads int) (release func(), err error) {
	n := int64(threads)
	if n <= 0 || n > s.cores {
		n = s.cores
	}
	if err := s.free.Acquire(ctx, n); err != nil {
		return nil, storage.Stopped(ctx, "activities.Slots")
	}
	return func() { s.free.Release(n) }, nil
}
