package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const root = "../.."

// flag is one row of the README's table: its default, and whose it is.
type flag struct {
	Default  string
	Programs string // in the order server, worker
}

// TestFlagTable compares the README's table of flags with the structs that the
// programs read them into. It reads source, so that nothing heavy is linked.
func TestFlagTable(t *testing.T) {
	want := map[string]flag{}
	for _, program := range []struct {
		name    string
		configs [2]string // file, struct
	}{
		{"server", [2]string{"server/config.go", "Config"}},
		{"worker", [2]string{"worker/main.go", "Config"}},
	} {
		all := flags(t, program.configs[0], program.configs[1])
		maps.Copy(all, flags(t, "internal/host/settings.go", "Settings"))
		for name, standard := range all {
			f := want[name]
			f.Default = standard
			f.Programs = strings.TrimPrefix(f.Programs+", "+program.name, ", ")
			want[name] = f
		}
	}

	row := regexp.MustCompile("(?m)^\\| `--([a-z-]+)` \\| ?`?([^|`]*?)`? ?\\| ([a-z, ]+) \\|")
	got := map[string]flag{}
	for _, m := range row.FindAllStringSubmatch(read(t, "README.md"), -1) {
		got[m[1]] = flag{strings.TrimSpace(m[2]), m[3]}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("README.md, table of flags (-code +table):\n%s", diff)
	}
}

// flags returns the flags that kong makes of a struct, with their defaults.
func flags(t *testing.T, file, name string) map[string]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != name {
			return true
		}
		for _, field := range spec.Type.(*ast.StructType).Fields.List {
			if field.Tag == nil {
				continue // embedded
			}
			text, err := strconv.Unquote(field.Tag.Value)
			if err != nil {
				t.Fatal(err)
			}
			tag := reflect.StructTag(text)
			for _, id := range field.Names {
				long := tag.Get("name")
				if long == "" {
					long = dashed(id.Name)
				}
				if long != "version" {
					all[long] = tag.Get("default")
				}
			}
		}
		return false
	})
	if len(all) == 0 {
		t.Fatalf("%s: no flags in %s", file, name)
	}
	return all
}

// dashed spells a field as kong does: AccountID is account-id.
func dashed(field string) string {
	words := regexp.MustCompile(`[A-Z]+[a-z]*`).FindAllString(field, -1)
	return strings.ToLower(strings.Join(words, "-"))
}

// TestLinks follows the documents' links to files of ours.
func TestLinks(t *testing.T) {
	documents := []string{"README.md", "ARCHITECTURE.md", "CHANGELOG.md"}
	for _, pattern := range []string{"docs/*.md", "docs/adr/*.md", "changelog/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			name, err := filepath.Rel(root, path)
			if err != nil {
				t.Fatal(err)
			}
			documents = append(documents, name)
		}
	}
	link := regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)
	for _, name := range documents {
		for _, m := range link.FindAllStringSubmatch(read(t, name), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(name), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
