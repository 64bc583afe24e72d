package e2e_test

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/everframe/everframe/internal/testmedia"
)

// TestStarter runs the scripts of testdata/script: the command line as people
// and programs use it. Beside testscript's own commands they have
//
//	keep NAME    put the last standard output, trimmed, into $NAME
//	code N CMD…  run a command that must end with that exit status
//	probe FILE…  check that ffprobe reads them and finds streams
//
// and $SERVER, the API of a running server; without it in a command's
// environment as EVERFRAME_SERVER, starter looks for one by itself.
func TestStarter(t *testing.T) {
	s := chunked.use(t)
	clip := testmedia.Clip(t, testmedia.Spec{Seconds: 4, Audio: true})
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("SERVER", s.API)
			e.Setenv("PATH", programs+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("TEMPORAL_CONFIG_FILE", os.DevNull)
			return os.Link(clip, filepath.Join(e.WorkDir, "clip.mp4"))
		},
		Condition: func(name string) (bool, error) {
			if name != "default-port-free" {
				return false, errors.New("unknown condition")
			}
			l, err := net.Listen("tcp", "127.0.0.1:8080")
			if err != nil {
				return false, nil
			}
			return true, l.Close()
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"keep":  keep,
			"code":  code,
			"probe": probe,
		},
	})
}

func keep(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

func code(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s ended with %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

func probe(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		ts.Check(ts.Exec("ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", "file:"+ts.MkAbs(name)))
		if strings.TrimSpace(ts.ReadFile("stdout")) == "" {
			ts.Fatalf("%s has no streams", name)
		}
	}
}
