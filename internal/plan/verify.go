package plan

import "github.com/everframe/everframe/internal/media"

// Plausible reports whether an encode of so many frames is the whole of t. A
// source's stated length is rounded, and its last frames may be cut: a
// difference of three frames or one in a hundred passes. An encode of less
// means that the source is damaged, whatever the exit code.
func (t Timeline) Plausible(frames int64) bool {
	if t.Frames == 0 {
		return true
	}
	difference := frames - t.Frames
	if difference < 0 {
		difference = -difference
	}
	return difference <= max(3, t.Frames/100)
}

// Near reports whether a measured duration is that of so many seconds on t's
// grid: within a frame and a millisecond, for containers round. An unknown one
// passes.
func (t Timeline) Near(measured, wanted media.Timestamp) bool {
	if !measured.Known() {
		return true
	}
	allowed := t.Rate.FrameTime(1).Plus(media.Millis(1))
	return !allowed.Less(measured.Minus(wanted)) && !allowed.Less(wanted.Minus(measured))
}
