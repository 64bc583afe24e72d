package proc

import "bytes"

// lineWriter cuts what is written to it into lines. Lines longer than limit
// are cut off there.
type lineWriter struct {
	limit  int
	onLine func(string)
	line   []byte // the unfinished one
}

func (w *lineWriter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		part, rest, ended := bytes.Cut(p, []byte{'\n'})
		if room := w.limit - len(w.line); room < len(part) {
			part = part[:room]
		}
		w.line = append(w.line, part...)
		if ended {
			w.emit()
		}
		p = rest
	}
	return n, nil
}

func (w *lineWriter) emit() {
	w.onLine(string(bytes.TrimSuffix(w.line, []byte{'\r'})))
	w.line = w.line[:0]
}

// close hands over a last line that had no end.
func (w *lineWriter) close() {
	if len(w.line) > 0 {
		w.emit()
	}
}

// tail keeps the last limit bytes written to it.
type tail struct {
	limit int
	buf   []byte
}

func (t *tail) Write(p []byte) (int, error) {
	n := len(p)
	if len(p) > t.limit {
		p = p[len(p)-t.limit:]
	}
	// Twice the limit before anything moves: copying stays cheap in a flood.
	if len(t.buf)+len(p) > 2*t.limit {
		keep := copy(t.buf, t.buf[len(t.buf)-t.limit:])
		t.buf = t.buf[:keep]
	}
	t.buf = append(t.buf, p...)
	return n, nil
}

func (t *tail) String() string {
	return string(t.buf[max(0, len(t.buf)-t.limit):])
}
