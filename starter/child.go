package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// child is a server that this program started. It writes to a file and not to
// a pipe, so that it outlives us when it is told to, and its last words can be
// read when it fails.
type child struct {
	cmd   *exec.Cmd
	log   string        // the file's name
	done  chan struct{} // closed when the process has ended
	err   error         // how it ended; set before done is closed
	grace time.Duration // from SIGTERM to SIGKILL
}

// ready is the line a server logs when it serves.
type ready struct {
	Msg  string `json:"msg"` // "ready"
	API  string `json:"api"` // URL
	UI   string `json:"ui"`  // URL of Temporal's web UI; empty if the server runs none
	Data string `json:"data"`
}

func logFile(data string) string { return filepath.Join(data, "server.log") }

// startChild starts a server on free ports and waits until it is ready. The
// log of the one before it is kept as <log>.old.
func startChild(ctx context.Context, program, data string, limit time.Duration) (*child, ready, error) {
	if err := os.MkdirAll(data, 0o755); err != nil {
		return nil, ready{}, err
	}
	name := logFile(data)
	if err := os.Rename(name, name+".old"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, ready{}, err
	}
	log, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, ready{}, err
	}
	defer log.Close() // the process has its own
	cmd := exec.Command(program,
		"--listen", "127.0.0.1:0",
		"--temporal-port", "0",
		"--ui-port", "0",
		"--log-format", "json",
		"--data", data,
	)
	cmd.Stdout, cmd.Stderr = log, log
	ownGroup(cmd) // Ctrl-C is ours to handle: the server is needed to cancel the jobs
	if err := cmd.Start(); err != nil {
		return nil, ready{}, err
	}
	c := &child{cmd: cmd, log: name, done: make(chan struct{}), grace: 20 * time.Second}
	go func() {
		c.err = cmd.Wait()
		close(c.done)
	}()
	r, err := c.wait(ctx, limit)
	if err != nil {
		_ = c.stop(context.WithoutCancel(ctx)) // err says more
		return nil, ready{}, err
	}
	return c, r, nil
}

// wait reads the log until it says ready.
func (c *child) wait(ctx context.Context, limit time.Duration) (ready, error) {
	late := time.NewTimer(limit)
	defer late.Stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		if r, ok := lastReady(c.log); ok {
			return r, nil
		}
		select {
		case <-ctx.Done():
			return ready{}, context.Cause(ctx)
		case <-c.done:
			return ready{}, c.ended()
		case <-late.C:
			return ready{}, fmt.Errorf("the server was not ready after %s%s", limit, c.lastWords())
		case <-look.C:
		}
	}
}

// lastReady returns the last ready line of a log. It stands near the top: a
// log begins with its server.
func lastReady(log string) (last ready, ok bool) {
	f, err := os.Open(log)
	if err != nil {
		return ready{}, false
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, 1<<20))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if !bytes.Contains(lines.Bytes(), []byte(`"ready"`)) {
			continue
		}
		var r ready
		if json.Unmarshal(lines.Bytes(), &r) == nil && r.Msg == "ready" && r.API != "" {
			last, ok = r, true
		}
	}
	return last, ok
}

// ended returns nil while the process runs, and then how it ended.
func (c *child) ended() error {
	select {
	case <-c.done:
	default:
		return nil
	}
	how := "exit status 0"
	if c.err != nil {
		how = c.err.Error()
	}
	return fmt.Errorf("the server ended (%s)%s", how, c.lastWords())
}

// lastWords returns the end of the log, to go behind a message.
func (c *child) lastWords() string {
	const most = 4 << 10 // bytes
	f, err := os.Open(c.log)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > most {
		if _, err := f.Seek(-most, io.SeekEnd); err != nil {
			return ""
		}
	}
	b, err := io.ReadAll(f)
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	text := strings.Join(lines[max(0, len(lines)-5):], "\n")
	if text == "" {
		return "; its log " + c.log + " is empty"
	}
	return "; the end of its log " + c.log + ":\n" + text
}

// stop asks the process to end and waits for it. When ctx ends first, or it
// takes too long, the process is killed; its state survives that.
func (c *child) stop(ctx context.Context) error {
	if err := c.cmd.Process.Signal(syscall.SIGTERM); errors.Is(err, os.ErrProcessDone) {
		return nil
	} else if err != nil {
		_ = c.cmd.Process.Kill() // no signals on this system: the only way
	}
	t := time.NewTimer(c.grace)
	defer t.Stop()
	var err error
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-t.C:
		err = fmt.Errorf("the server did not stop within %s and was killed", c.grace)
	}
	_ = c.cmd.Process.Kill() // fails only if it has just ended
	<-c.done
	return err
}
