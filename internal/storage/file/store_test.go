package file_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
	"github.com/everframe/everframe/internal/storage/file"
	"github.com/everframe/everframe/internal/storage/storagetest"
)

func TestMain(m *testing.M) {
	if root := os.Getenv("FILE_TEST_HALF_WRITTEN"); root != "" {
		writeHalf(root)
	}
	os.Exit(m.Run())
}

func TestConformance(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storage.Store {
		s, _ := newStore(t)
		return s
	})
}

func newStore(t *testing.T) (s *file.Store, root string) {
	t.Helper()
	root = filepath.Join(t.TempDir(), "data", "buckets")
	s, err := file.New(root)
	must(t, err)
	return s, root
}

func newBucket(t *testing.T) (s *file.Store, dir string) {
	t.Helper()
	s, root := newStore(t)
	must(t, s.CreateBucket(t.Context(), "videos"))
	return s, filepath.Join(root, "videos")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func ref(key string) media.Ref { return media.Ref{Bucket: "videos", Key: key} }

func keys(t *testing.T, s *file.Store) []string {
	t.Helper()
	got := []string{}
	must(t, s.List(t.Context(), "videos", "", func(key string, _ storage.Info) bool {
		got = append(got, key)
		return true
	}))
	return got
}

// Paths are a promise to people, who put inputs there and play outputs.
func TestPaths(t *testing.T) {
	s, dir := newBucket(t)
	tests := []struct{ key, path string }{
		{"in/My Film (2).mp4", "in/My Film (2).mp4"},
		{"50%.mp4", "50%.mp4"},
		{"a//b", "a/.everframe-x/b"},
		{"../x", ".everframe-x2e2e/x"},
		{"./x", ".everframe-x2e/x"},
		{"end/", "end/.everframe-x"},
		{".everframe-tmp/x", ".everframe-x2e657665726672616d652d746d70/x"},
	}
	for _, tt := range tests {
		_, err := s.Create(t.Context(), ref(tt.key), strings.NewReader("x"))
		must(t, err)
		got, ok := s.LocalPath(t.Context(), ref(tt.key))
		if want := filepath.Join(dir, tt.path); !ok || got != want {
			t.Errorf("%q: got %s, %v, want %s", tt.key, got, ok, want)
		}
	}
	must(t, os.MkdirAll(filepath.Join(dir, "by hand"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "by hand", "film.mov"), []byte("moov"), 0o644))
	if info, err := s.Stat(t.Context(), ref("by hand/film.mov")); err != nil || info.Bytes != 4 {
		t.Errorf("a file put there by hand: %+v, %v", info, err)
	}
}

func TestLinksStayInside(t *testing.T) {
	s, dir := newBucket(t)
	outside := t.TempDir()
	must(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("s"), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "real"), []byte("inside"), 0o644))
	for name, target := range map[string]string{
		"abs": outside, "file": filepath.Join(outside, "secret"), "up": "../..", "in": "real", "broken": "nowhere",
	} {
		must(t, os.Symlink(target, filepath.Join(dir, name)))
	}
	if info, err := s.Stat(t.Context(), ref("in")); err != nil || info.Bytes != 6 {
		t.Errorf("a link inside the bucket: %+v, %v", info, err)
	}
	for _, key := range []string{"abs/secret", "file", "up/x"} {
		if _, err := s.Open(t.Context(), ref(key), 0, -1); fault.KindOf(err) != fault.Denied || fault.CodeOf(err) != 3003 {
			t.Errorf("Open(%s): got %v, want Denied 3003", key, err)
		}
		if path, ok := s.LocalPath(t.Context(), ref(key)); ok {
			t.Errorf("LocalPath(%s) = %s", key, path)
		}
	}
	if _, err := s.Create(t.Context(), ref("abs/new"), strings.NewReader("x")); fault.KindOf(err) != fault.Denied || fault.CodeOf(err) != 3004 {
		t.Errorf("Create through a link: got %v, want Denied 3004", err)
	}
	must(t, s.Delete(t.Context(), ref("file"))) // the link, not what it points to
	if diff := cmp.Diff([]string{"in", "real"}, keys(t, s)); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	left, err := os.ReadDir(outside)
	if err != nil || len(left) != 1 || left[0].Name() != "secret" {
		t.Errorf("outside: %v, %v", left, err)
	}
}

func TestNoFile(t *testing.T) {
	s, dir := newBucket(t)
	must(t, syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o644))
	if _, err := s.Open(t.Context(), ref("fifo"), 0, -1); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a FIFO: got %v, want NotFound", err)
	}
	if got := keys(t, s); len(got) != 0 {
		t.Errorf("keys: %q", got)
	}
}

func TestCreateFromFileLinks(t *testing.T) {
	s, _ := newBucket(t)
	path := filepath.Join(t.TempDir(), "chunk")
	must(t, os.WriteFile(path, []byte("chunk"), 0o644))
	_, err := s.CreateFromFile(t.Context(), ref("c"), path)
	must(t, err)
	stored, _ := s.LocalPath(t.Context(), ref("c"))
	a, err1 := os.Stat(path)
	b, err2 := os.Stat(stored)
	must(t, errors.Join(err1, err2))
	if !os.SameFile(a, b) {
		t.Error("a file of the same file system was copied")
	}
}

func TestCreateFromFileCopiesAcrossFileSystems(t *testing.T) {
	var here, there syscall.Stat_t
	s, dir := newBucket(t)
	must(t, syscall.Stat(dir, &here))
	if syscall.Stat("/dev/shm", &there) != nil || here.Dev == there.Dev {
		t.Skip("no second file system at /dev/shm")
	}
	f, err := os.CreateTemp("/dev/shm", "filetest")
	must(t, err)
	defer os.Remove(f.Name())
	data := bytes.Repeat([]byte("0123456789"), 100_000)
	_, err = f.Write(data)
	must(t, errors.Join(err, f.Close()))
	info, err := s.CreateFromFile(t.Context(), ref("copy"), f.Name())
	must(t, err)
	path, _ := s.LocalPath(t.Context(), ref("copy"))
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, data) || info.Bytes != int64(len(data)) {
		t.Errorf("copied %d bytes, info %+v, %v", len(got), info, err)
	}
}

// Nothing but the objects may stay, or the work bucket would grow for ever.
func TestLeavesNothing(t *testing.T) {
	s, dir := newBucket(t)
	for range 3 {
		_, err := s.Create(t.Context(), ref("jobs/1/chunks/0"), strings.NewReader("x"))
		must(t, err)
		_, _ = s.Create(t.Context(), ref("jobs/1/chunks/0"), strings.NewReader("x")) // Exists
		must(t, s.Delete(t.Context(), ref("jobs/1/chunks/0")))
	}
	var left []string
	must(t, filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, path) // path is below dir
		left = append(left, rel)
		return err
	}))
	if diff := cmp.Diff([]string{".", ".everframe-tmp"}, left); diff != "" {
		t.Errorf("left in the bucket (-want +got):\n%s", diff)
	}
}

// TestKilled kills a process that has written half an object.
func TestKilled(t *testing.T) {
	s, dir := newBucket(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "FILE_TEST_HALF_WRITTEN="+filepath.Dir(dir))
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	_, err = io.ReadFull(out, make([]byte, 5)) // "half\n": it is in the middle
	must(t, err)
	must(t, cmd.Process.Kill())
	_ = cmd.Wait() // "signal: killed"

	temps := func() int {
		left, err := os.ReadDir(filepath.Join(dir, ".everframe-tmp"))
		must(t, err)
		return len(left)
	}
	if got := keys(t, s); len(got) != 0 || temps() != 1 {
		t.Errorf("after the kill: keys %q, %d temporary files, want none and 1", got, temps())
	}
	must(t, s.Sweep(t.Context(), time.Now().Add(-time.Hour)))
	if temps() != 1 {
		t.Error("Sweep removed a young file, perhaps one being written")
	}
	must(t, s.Sweep(t.Context(), time.Now().Add(time.Hour)))
	if temps() != 0 {
		t.Error("Sweep left an old file")
	}
	_, err = s.Create(t.Context(), ref("out.mp4"), strings.NewReader("whole"))
	must(t, err)
}

// writeHalf is the process TestKilled kills.
func writeHalf(root string) {
	s, err := file.New(root)
	if err != nil {
		panic(err)
	}
	half := io.MultiReader(bytes.NewReader(make([]byte, 1<<20)), hanging{})
	_, err = s.Create(context.Background(), ref("out.mp4"), half)
	panic(err) // not reached
}

// hanging tells that what came before it has been read, and waits to be killed.
type hanging struct{}

func (hanging) Read([]byte) (int, error) {
	_, err := os.Stdout.WriteString("half\n")
	time.Sleep(time.Minute)
	return 0, errors.Join(err, io.ErrUnexpectedEOF)
}

// Creators and deleters in one directory: the directory comes and goes.
func TestCreateWhileDirectoriesVanish(t *testing.T) {
	s, _ := newBucket(t)
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d"} {
		wg.Go(func() {
			for range 40 {
				key := ref("deep/er/" + name)
				if _, err := s.Create(t.Context(), key, strings.NewReader("x")); err != nil {
					t.Errorf("Create: %v", err)
				}
				if err := s.Delete(t.Context(), key); err != nil {
					t.Errorf("Delete: %v", err)
				}
			}
		})
	}
	wg.Wait()
}

// A full disk is worth a retry; it must not read as the customer's mistake.
func TestFullDisk(t *testing.T) {
	s, dir := newBucket(t)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("mounting a small file system: %v", err)
	}
	defer syscall.Unmount(dir, 0)
	_, err := s.Create(t.Context(), ref("big"), bytes.NewReader(make([]byte, 1<<20)))
	if !errors.Is(err, syscall.ENOSPC) || fault.KindOf(err) != fault.Unavailable || fault.CodeOf(err) != 3000 {
		t.Errorf("got %v, want ENOSPC as Unavailable 3000", err)
	}
	if got := keys(t, s); len(got) != 0 {
		t.Errorf("keys: %q", got)
	}
}
