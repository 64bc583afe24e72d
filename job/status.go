package job

// Status is the state of a job, an output or a playlist. The names are ET's
// and cross the wire.
type Status string

// The states. A job moves from Submitted to Progressing when its first output
// starts, and to one of the other three when its last one ends.
const (
	Submitted   Status = "Submitted"
	Progressing Status = "Progressing"
	Complete    Status = "Complete"
	Canceled    Status = "Canceled"
	Error       Status = "Error"
)

// Terminal tells whether s is final: Complete, Canceled or Error.
func (s Status) Terminal() bool {
	return s == Complete || s == Canceled || s == Error
}

// Terminal tells whether the job has ended; its record never changes again.
func (j Job) Terminal() bool { return j.Status.Terminal() }

// Rollup returns the state that the outputs and playlists of j add up to. It
// does not look at j.Status and does not set it.
//
//   - Nothing has begun: Submitted.
//   - Something has begun and something has not ended: Progressing.
//   - All have ended: Canceled if any was canceled, else Error if any failed,
//     else Complete. A failed output does not stop the others.
//
// Source: ET guide, "Job status"; Inferred: that Canceled wins over Error, as
// ET could not cancel a job that had begun.
func (j Job) Rollup() Status {
	var begun, open, failed, canceled bool
	see := func(s Status) {
		begun = begun || s != Submitted && s != ""
		open = open || !s.Terminal()
		failed = failed || s == Error
		canceled = canceled || s == Canceled
	}
	for _, o := range j.Outputs {
		see(o.Status)
	}
	for _, p := range j.Playlists {
		see(p.Status)
	}
	switch {
	case !begun:
		return Submitted
	case open:
		return Progressing
	case canceled:
		return Canceled
	case failed:
		return Error
	default:
		return Complete
	}
}
