package proc_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/everframe/everframe/internal/proc"
)

// childMode names what the test binary does when a test runs it as a child.
const childMode = "PROC_TEST_CHILD"

// TestMain lets the test binary impersonate the programs that proc must cope
// with.
func TestMain(m *testing.M) {
	if mode := os.Getenv(childMode); mode != "" {
		children[mode]()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child returns a command that runs the test binary in mode.
func child(t *testing.T, mode string) proc.Command {
	t.Helper()
	if children[mode] == nil {
		t.Fatalf("no child %q", mode)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return proc.Command{Path: self, Env: []string{childMode + "=" + mode}, Dir: t.TempDir()}
}

const forever = time.Hour

var children map[string]func()

func init() { // breaks the cycle: a grandchild is started by a child
	children = map[string]func(){
		"lines": func() {
			fmt.Print("one\ntwo\r\n\nlast without end")
			fmt.Fprint(os.Stderr, "a warning\n")
		},
		"huge line": func() {
			fmt.Println(strings.Repeat("x", 1<<20))
			fmt.Println("after")
		},
		"flood stderr": func() {
			line := bytes.Repeat([]byte("noise "), 200)
			for range 2000 {
				os.Stderr.Write(append(line, '\n'))
			}
			fmt.Fprintln(os.Stderr, "the reason")
			os.Exit(3)
		},
		"die half way": func() {
			fmt.Println("frame=50")
			fmt.Fprintln(os.Stderr, "conversion failed!")
			os.Exit(1)
		},
		"kill itself": func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL); time.Sleep(forever) },
		"hang": func() {
			fmt.Println("ready")
			time.Sleep(forever)
		},
		"polite": func() {
			stop := make(chan os.Signal, 1)
			signal.Notify(stop, syscall.SIGTERM)
			fmt.Println("ready")
			<-stop
			fmt.Println("finishing")
		},
		"ignore term": func() {
			signal.Ignore(syscall.SIGTERM)
			fmt.Println("ready")
			time.Sleep(forever)
		},
		"talk": func() {
			for range 20 {
				fmt.Println("still here")
				time.Sleep(20 * time.Millisecond)
			}
		},
		"leave a grandchild": func() { startGrandchild() },
		"wait with a grandchild": func() {
			startGrandchild()
			time.Sleep(forever)
		},
		"burn": func() {
			sum := 0
			for began := time.Now(); time.Since(began) < 100*time.Millisecond; {
				sum++
			}
			memory := make([]byte, 32<<20)
			for i := range memory {
				memory[i] = byte(sum)
			}
		},
		"limits": printLimits,
	}
}

// startGrandchild prints the process id of one that ignores SIGTERM and keeps
// our output open.
func startGrandchild() {
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{childMode + "=ignore term"}
	cmd.Stdout = os.Stdout
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	fmt.Printf("pid %d\n", cmd.Process.Pid)
}

// printLimits waits until the limits are set, which happens just after the
// start, and prints them.
func printLimits() {
	var r syscall.Rlimit
	for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(time.Millisecond) {
		if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err == nil && r.Cur == 64 { // the last one set
			break
		}
	}
	for _, name := range []int{syscall.RLIMIT_CORE, syscall.RLIMIT_AS, syscall.RLIMIT_CPU, syscall.RLIMIT_FSIZE, syscall.RLIMIT_NOFILE} {
		if err := syscall.Getrlimit(name, &r); err != nil {
			panic(err)
		}
		fmt.Println(r.Cur, r.Max)
	}
}
