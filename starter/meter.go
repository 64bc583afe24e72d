package main

import "time"

// meter turns counts of frames into a speed. The zero meter is ready.
type meter struct{ seen []sample }

type sample struct {
	at   time.Time
	done int64
}

// window is how far back a speed looks: long enough to be steady while whole
// chunks are reported at once, short enough to follow a busy machine.
const window = 15 * time.Second

// add notes that done frames were finished at a time not before the last. A
// count that falls (work was lost and is done again) starts afresh.
func (m *meter) add(at time.Time, done int64) {
	if n := len(m.seen); n > 0 && done < m.seen[n-1].done {
		m.seen = nil
	}
	m.seen = append(m.seen, sample{at, done})
	for len(m.seen) > 2 && at.Sub(m.seen[1].at) >= window {
		m.seen = m.seen[1:]
	}
}

// rate returns frames per second, or 0 while it is not known.
func (m *meter) rate() float64 {
	if len(m.seen) < 2 {
		return 0
	}
	from, to := m.seen[0], m.seen[len(m.seen)-1]
	d := to.at.Sub(from.at).Seconds()
	if d <= 0 {
		return 0
	}
	return float64(to.done-from.done) / d
}

// left returns how long the frames up to total will take at that rate; ok is
// false while nobody can tell.
func (m *meter) left(total int64) (d time.Duration, ok bool) {
	r := m.rate()
	if r <= 0 || total <= 0 {
		return 0, false
	}
	frames := total - m.seen[len(m.seen)-1].done
	return time.Duration(float64(max(frames, 0)) / r * float64(time.Second)), true
}
