package e2e_test

import (
	"fmt"
	"os"
	"path"
	"strings"
	"sync"
	"time"
)

// watcher looks at a bucket all the time, through crashes too, for what must
// never be seen there: a playlist that names what is not there, a file that
// changes or goes away once it was there.
type watcher struct {
	dir  string
	stop chan struct{}
	wg   sync.WaitGroup

	seen  map[string]os.FileInfo
	flaws []string
	looks int
}

// watch begins to watch the output bucket until the test ends.
func (p pipeline) watch() *watcher {
	w := &watcher{dir: p.path(p.out, ""), stop: make(chan struct{}), seen: map[string]os.FileInfo{}}
	w.wg.Add(1)
	go func() {
		defer w.wg.Done()
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			w.look()
			select {
			case <-tick.C:
			case <-w.stop:
				w.look()
				return
			}
		}
	}()
	return w
}

// end stops watching and returns what was wrong.
func (w *watcher) end() []string {
	close(w.stop)
	w.wg.Wait()
	return w.flaws
}

func (w *watcher) flaw(format string, args ...any) {
	if len(w.flaws) < 10 {
		w.flaws = append(w.flaws, fmt.Sprintf(format, args...))
	}
}

func (w *watcher) look() {
	w.looks++
	keys, err := walk(w.dir)
	if err != nil {
		w.flaw("%v", err)
		return
	}
	now := map[string]bool{}
	for _, key := range keys {
		info, err := os.Stat(path.Join(w.dir, key))
		if err != nil {
			w.flaw("%s: %v", key, err)
			continue
		}
		now[key] = true
		before, ok := w.seen[key]
		switch {
		case !ok:
			w.seen[key] = info
		case !os.SameFile(before, info) || before.Size() != info.Size() || !before.ModTime().Equal(info.ModTime()):
			w.flaw("%s changed: %d bytes of %s, now %d of %s", key, before.Size(), before.ModTime(), info.Size(), info.ModTime())
		}
		if !ok && strings.HasSuffix(key, ".m3u8") {
			w.follow(key)
		}
	}
	for key := range w.seen {
		if !now[key] {
			w.flaw("%s is gone", key)
			delete(w.seen, key)
		}
	}
}

// follow checks a playlist that has just appeared.
func (w *watcher) follow(key string) {
	text, err := os.ReadFile(path.Join(w.dir, key))
	if err != nil {
		w.flaw("%s: %v", key, err)
		return
	}
	if !strings.HasPrefix(string(text), "#EXTM3U") || !strings.HasSuffix(string(text), "\n") {
		w.flaw("%s appeared unfinished: %q", key, text)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if info, err := os.Stat(path.Join(w.dir, path.Dir(key), line)); err != nil || info.Size() == 0 {
			w.flaw("%s appeared before %s: %v", key, line, err)
		}
	}
}
