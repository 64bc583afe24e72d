package archtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/everframe/everframe/internal/archtest"
)

const module = "github.com/everframe/everframe/"

// listed is what we read of a package in the output of go list.
type listed struct {
	ImportPath string
	Doc        string
	Imports    []string
	Deps       []string
}

func (p listed) path() string { return strings.TrimPrefix(p.ImportPath, module) }

var list = sync.OnceValues(func() ([]listed, error) {
	if err := touchSources(); err != nil {
		return nil, err
	}
	// -e: a package somebody is editing must not hide the others' faults.
	out, err := goTool("list", "-e", "-json=ImportPath,Doc,Imports,Deps", module+"...")
	if err != nil {
		return nil, err
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
})

// touchSources looks at every source file, which is how go test learns that a
// cached result of these tests depends on them: what go list reads it cannot
// see.
func touchSources() error {
	return filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if filepath.Ext(path) == ".go" || e.Name() == "go.mod" {
			if _, err := os.Stat(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		return nil
	})
}

func packages(t *testing.T) []listed {
	t.Helper()
	all, err := list()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("go list found no packages")
	}
	return all
}

func goTool(args ...string) ([]byte, error) {
	out, err := exec.Command("go", args...).Output()
	if e := (*exec.ExitError)(nil); errors.As(err, &e) {
		err = errors.New(string(e.Stderr))
	}
	return out, err
}

func row(path string) (archtest.Row, bool) {
	i := slices.IndexFunc(archtest.Packages, func(r archtest.Row) bool { return r.Path == path })
	if i < 0 {
		return archtest.Row{}, false
	}
	return archtest.Packages[i], true
}

// match tells whether path is pattern, or lies under it when it ends in "/...".
func match(pattern, path string) bool {
	root, tree := strings.CutSuffix(pattern, "/...")
	return path == root || tree && strings.HasPrefix(path, root+"/")
}

func matchAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, path) })
}

// TestImportsGoDown covers what is built into programs. Tests may reach across:
// to a helper, a conformance suite, or a neighbour whose output they read.
func TestImportsGoDown(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		from, ok := row(p.path())
		if !ok {
			t.Errorf("%s has no row in archtest.Packages: add one", p.path())
			continue
		}
		for _, imp := range p.Imports {
			path, ours := strings.CutPrefix(imp, module)
			if !ours || matchAny(from.And, path) {
				continue
			}
			if to, ok := row(path); !ok || !slices.Contains(from.Below, to.Layer) {
				t.Errorf("%s must not import %s: the table allows it layers %v and %q", from.Path, path, from.Below, from.And)
			}
		}
	}
}

func TestForbiddenImports(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		r, ok := row(p.path())
		if !ok {
			continue // reported above
		}
		for _, b := range archtest.Bans {
			if b.Path != r.Path && !slices.Contains(b.Layers, r.Layer) {
				continue
			}
			for _, imp := range p.Imports {
				if match(b.Import, imp) && imp != b.Except {
					t.Errorf("%s must not import %s: %s", r.Path, imp, b.Reason)
				}
			}
		}
	}
}

func TestHeavyDependencies(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, h := range archtest.Heavy {
			if matchAny(h.Only, p.path()) {
				continue
			}
			if i := slices.IndexFunc(p.Deps, func(d string) bool { return match(h.Import, d) }); i >= 0 {
				t.Errorf("%s depends on %s, which is only for %q: %s", p.path(), p.Deps[i], h.Only, h.Reason)
			}
		}
	}
}

func TestEveryPackageHasDoc(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.path())
		}
	}
}

func TestTableIsSound(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range archtest.Packages {
		if seen[r.Path] {
			t.Errorf("%s has two rows", r.Path)
		}
		seen[r.Path] = true
		for _, l := range r.Below {
			if l >= r.Layer {
				t.Errorf("%s of layer %d may import all of layer %d: that is not down", r.Path, r.Layer, l)
			}
		}
		for _, a := range r.And {
			if to, ok := row(a); !strings.HasSuffix(a, "/...") && !ok {
				t.Errorf("%s may import %s, which has no row", r.Path, a)
			} else if ok && to.Layer > r.Layer && to.Layer != archtest.Helpers {
				t.Errorf("%s may import %s: that is up", r.Path, a)
			}
		}
	}
	for _, b := range archtest.Bans {
		if b.Reason == "" || len(b.Layers) == 0 == (b.Path == "") {
			t.Errorf("ban of %s needs a reason, and either layers or a path", b.Import)
		}
	}
}

func TestModuleFile(t *testing.T) {
	t.Parallel()
	out, err := goTool("mod", "edit", "-json")
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct{ Path, Version string }
		Replace []struct{ Old struct{ Path string } }
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	for _, r := range mod.Replace {
		t.Errorf("go.mod replaces %s: nobody could then use our packages, or go install the programs", r.Old.Path)
	}
	found := 0
	for _, r := range mod.Require {
		want, pinned := archtest.Pins[r.Path]
		if !pinned {
			continue
		}
		found++
		if r.Version != want {
			t.Errorf("go.mod has %s %s, want %s: the Temporal server does not build with others", r.Path, r.Version, want)
		}
	}
	if found != len(archtest.Pins) {
		t.Errorf("go.mod names %d of the %d pinned modules", found, len(archtest.Pins))
	}
}
