package ffmpeg

import (
	"strconv"
	"strings"

	"github.com/everframe/everframe/internal/media"
)

// Progress is how far a command has come. The zero value is ready for [Progress.Line].
type Progress struct {
	Frames int64           // frames encoded (of the first picture)
	Time   media.Timestamp // end of what was written, from the start of the output
	Speed  string          `json:",omitempty"` // as ffmpeg says: "3.1x"
	Done   bool            `json:",omitempty"`

	lastFrames int64 // the furthest reported
	lastTime   media.Timestamp
}

// Line takes one line of -progress output ("key=value") and reports whether
// that closed a block in which frames or time moved on, or the one that says
// that all is done: a process that prints blocks without moving is not alive.
// Lines it does not know are passed over.
func (p *Progress) Line(line string) (moved bool) {
	key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
	if !ok {
		return false
	}
	switch key {
	case "frame":
		if n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64); err == nil && n >= 0 {
			p.Frames = n
		}
	case "out_time_us": // out_time_ms is microseconds, too: a bug ffmpeg keeps for its users
		if n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64); err == nil && n >= 0 {
			p.Time = media.Seconds(n, 1_000_000)
		}
	case "speed":
		p.Speed = strings.TrimSpace(value)
	case "progress":
		ended := value == "end" && !p.Done
		p.Done = p.Done || ended
		moved = p.Frames > p.lastFrames || p.lastTime.Less(p.Time) || ended
		p.lastFrames = max(p.lastFrames, p.Frames)
		if p.lastTime.Less(p.Time) {
			p.lastTime = p.Time
		}
	}
	return moved
}
