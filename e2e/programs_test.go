package e2e_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var (
	packages = []string{"./server", "./worker", "./starter"}
	programs string // the directory they are built to; set before any test runs
)

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
	cmd := exec.Command("go", append([]string{"build", "-ldflags", "-s -w", "-o", programs + "/"}, packages...)...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return nil
}

// dependOnSources reads the directories of all that the programs are built
// from. The go command keeps a test's result until a file changes that it has
// seen the test read, but it does not look into builds, nor at what is read
// before the tests run.
var dependOnSources = sync.OnceValue(func() error {
	list := exec.Command("go", append([]string{"list", "-deps", "-f", "{{with .Module}}{{if .Main}}{{$.Dir}}{{end}}{{end}}"}, packages...)...)
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", list, err)
	}
	for _, dir := range append(strings.Fields(string(out)), "../presets/system") {
		if _, err := os.ReadDir(dir); err != nil {
			return err
		}
	}
	_, err = os.ReadFile("../go.sum")
	return err
})

func program(name string) string { return filepath.Join(programs, name) }
