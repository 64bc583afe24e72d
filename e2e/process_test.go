package e2e_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ready is the line a server prints when it serves.
type ready struct{ Msg, API, UI, Temporal, Data string }

// process is a program under test.
type process struct {
	cmd  *exec.Cmd
	log  string        // file of its standard error
	done chan struct{} // closed when it has ended
	err  error         // how; set before done is closed
	out  *bufio.Reader // its standard output
}

// launch starts a program with its log appended to the file log.
func launch(log string, env []string, name string, args ...string) (*process, error) {
	f, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer f.Close() // the process has its own
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	cmd := exec.Command(program(name), args...)
	cmd.Stdout, cmd.Stderr = w, f
	cmd.Env = append(clean(os.Environ()), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	dieWithUs(cmd.SysProcAttr)
	if err := cmd.Start(); err != nil {
		r.Close()
		return nil, err
	}
	p := &process{cmd: cmd, log: log, done: make(chan struct{}), out: bufio.NewReader(r)}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// clean removes what would point a program at anything but what a test says.
func clean(env []string) []string {
	var kept []string
	for _, e := range env {
		if !strings.HasPrefix(e, "EVERFRAME_") && !strings.HasPrefix(e, "TEMPORAL_") {
			kept = append(kept, e)
		}
	}
	return append(kept, "TEMPORAL_CONFIG_FILE="+os.DevNull)
}

// startTime is how long a server may take to be ready on a busy machine.
const startTime = 90 * time.Second

// ready waits for the line of a server.
func (p *process) ready() (ready, error) {
	type line struct {
		text string
		err  error
	}
	first := make(chan line, 1)
	go func() {
		text, err := p.out.ReadString('\n')
		first <- line{text, err}
		_, _ = io.Copy(io.Discard, p.out) // a full pipe would stop the program
	}()
	late := time.NewTimer(startTime)
	defer late.Stop()
	select {
	case l := <-first:
		var r ready
		if err := json.Unmarshal([]byte(l.text), &r); err != nil || r.Msg != "ready" {
			return ready{}, fmt.Errorf("the server said %q (%v)\n%s", l.text, l.err, tail(p.log))
		}
		return r, nil
	case <-late.C:
		return ready{}, fmt.Errorf("the server was not ready after %s\n%s", startTime, tail(p.log))
	}
}

// kill ends the process the hard way, in the middle of whatever it does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // fails only if it has ended
	<-p.done
}

// stop asks the process to end.
func (p *process) stop() error {
	if p == nil {
		return nil
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); errors.Is(err, os.ErrProcessDone) {
		<-p.done
		return p.err
	}
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	select {
	case <-p.done:
		return p.err
	case <-late.C:
		p.kill()
		return fmt.Errorf("%s did not end within a minute of SIGTERM\n%s", filepath.Base(p.cmd.Path), tail(p.log))
	}
}

// tail returns the end of a log without the requests, which are ours.
func tail(log string) string {
	b, err := os.ReadFile(log)
	if err != nil {
		return err.Error()
	}
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(string(b)), "\n"), func(line string) bool {
		return strings.Contains(line, `"msg":"request"`)
	})
	const most = 40
	return log + ":\n" + strings.Join(lines[max(0, len(lines)-most):], "\n")
}
