package e2e_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// programs is the directory of the built programs, set before any test runs.
var programs string

func TestMain(m *testing.M) {
	if err := build(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
	flag.Parse()
	if err := flag.Set("test.parallel", "6"); err != nil { // tests wait, mostly: the programs do the work
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
	code := m.Run()
	for _, s := range []*shared{&chunked, &plain} {
		if err := s.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "e2e: shared server:", err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// build builds the programs with the flags of the Makefile, so that both share
// one cache. The place stays, because linking the server takes longest and is
// skipped when the file there is up to date.
func build() error {
	if programs = os.Getenv("EVERFRAME_E2E_PROGRAMS"); programs != "" {
		return nil
	}
	var err error
	if programs, err = filepath.Abs("../bin/e2e"); err != nil {
		return err
	}
	if err := os.MkdirAll(programs, 0o755); err != nil {
		return err
	}
	packages := []string{"./server", "./worker", "./starter"}
	cmd := exec.Command("go", append([]string{"build", "-ldflags", "-s -w", "-o", programs + "/"}, packages...)...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return dependOn(packages)
}

// dependOn reads the directories of all sources of the packages. The go command
// caches a test's result until a file changes that it has seen the test read;
// what the programs are built from it cannot see by itself.
func dependOn(packages []string) error {
	list := exec.Command("go", append([]string{"list", "-deps", "-f", "{{with .Module}}{{if .Main}}{{$.Dir}}{{end}}{{end}}"}, packages...)...)
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", list, err)
	}
	for _, dir := range strings.Fields(string(out)) {
		if _, err := os.ReadDir(dir); err != nil {
			return err
		}
	}
	return errors.Join(touch("../go.mod"), touch("../presets/system"))
}

func touch(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return f.Close()
}

func program(name string) string { return filepath.Join(programs, name) }
