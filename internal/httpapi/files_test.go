package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/httpapi"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
	"github.com/everframe/everframe/internal/storage/file"
)

// TestFiles uploads and reads back, with the headers players and browsers
// need.
func TestFiles(t *testing.T) {
	r := serve(t)
	for key, want := range map[string]string{
		"movie/index.m3u8":        "application/vnd.apple.mpegurl",
		"movie/video00000.ts":     "video/mp2t",
		"movie.MP4":               "video/mp4",
		"sound.mp3":               "audio/mpeg",
		"thumb-00001.jpg":         "image/jpeg",
		"thumb-00001.png":         "image/png",
		"captions.vtt":            "text/vtt; charset=utf-8",
		"dash.mpd":                "application/dash+xml",
		"page.html":               "application/octet-stream",
		"drawing.svg":             "application/octet-stream",
		"no extension":            "application/octet-stream",
		"a//b/./c/../d":           "application/octet-stream",
		"naïve +100% #1?.mp4":     "video/mp4",
		"../../etc/passwd":        "application/octet-stream",
		".work/x":                 "application/octet-stream",
		strings.Repeat("k", 1024): "application/octet-stream",
	} {
		target := "/files/videos/" + escape(key)
		put := r.send("PUT", target, "bytes of "+key)
		if put.StatusCode != 201 || put.Header.Get("ETag") == "" {
			t.Errorf("PUT %s: got %d %s", key, put.StatusCode, put.body)
			continue
		}
		if info, err := r.store.Stat(t.Context(), media.Ref{Bucket: "videos", Key: key}); err != nil || info.Bytes != int64(len("bytes of "+key)) {
			t.Errorf("%q is not stored under its key: %v, %v", key, info, err)
		}
		got := r.send("GET", target, "")
		if got.StatusCode != 200 || string(got.body) != "bytes of "+key {
			t.Errorf("GET %s: got %d %q", key, got.StatusCode, got.body)
		}
		if ct := got.Header.Get("Content-Type"); ct != want {
			t.Errorf("type of %s: got %s, want %s", key, ct, want)
		}
		if h := got.Header; h.Get("ETag") != put.Header.Get("ETag") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "sandbox" || h.Get("Accept-Ranges") != "bytes" {
			t.Errorf("headers of %s: got %v", key, h)
		}
		head := r.send("HEAD", target, "")
		if head.StatusCode != 200 || len(head.body) != 0 || head.ContentLength != int64(len(got.body)) {
			t.Errorf("HEAD %s: got %d, length %d, body %q", key, head.StatusCode, head.ContentLength, head.body)
		}
		again := r.send("PUT", target, "other")
		if again.StatusCode != 409 || !strings.Contains(again.message(t), "already exists") {
			t.Errorf("second PUT %s: got %d %s, want 409", key, again.StatusCode, again.body)
		}
	}
}

// escape encodes a key for a path as clients do, dots included: tools would
// otherwise resolve them.
func escape(key string) string {
	var b strings.Builder
	for _, c := range []byte(key) {
		if c == '/' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func TestRanges(t *testing.T) {
	r := serve(t)
	const data = "0123456789abcdef"
	put := r.send("PUT", "/files/videos/x.ts", data)
	tag := put.Header.Get("ETag")
	modified := r.send("HEAD", "/files/videos/x.ts", "").Header.Get("Last-Modified")
	for _, c := range []struct {
		name    string
		headers []string
		status  int
		body    string
		content string // Content-Range
	}{
		{"whole", nil, 200, data, ""},
		{"first", []string{"Range: bytes=0-3"}, 206, "0123", "bytes 0-3/16"},
		{"middle", []string{"Range: bytes=4-9"}, 206, "456789", "bytes 4-9/16"},
		{"to the end", []string{"Range: bytes=10-"}, 206, "abcdef", "bytes 10-15/16"},
		{"last", []string{"Range: bytes=-2"}, 206, "ef", "bytes 14-15/16"},
		{"past the end", []string{"Range: bytes=14-99"}, 206, "ef", "bytes 14-15/16"},
		{"one byte", []string{"Range: bytes=15-15"}, 206, "f", "bytes 15-15/16"},
		{"outside", []string{"Range: bytes=16-"}, 416, "*", "bytes */16"},
		{"nonsense", []string{"Range: bytes=9-4"}, 416, "*", ""},
		{"same tag", []string{"Range: bytes=0-3", "If-Range: " + tag}, 206, "0123", "bytes 0-3/16"},
		{"other tag", []string{"Range: bytes=0-3", `If-Range: "other"`}, 200, data, ""},
		{"unchanged", []string{"If-None-Match: " + tag}, 304, "", ""},
		{"changed", []string{`If-None-Match: "other"`}, 200, data, ""},
		{"not since", []string{"If-Modified-Since: " + modified}, 304, "", ""},
		{"lost precondition", []string{`If-Match: "other"`}, 412, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := r.send("GET", "/files/videos/x.ts", "", c.headers...)
			if got.StatusCode != c.status || c.body != "*" && string(got.body) != c.body || got.Header.Get("Content-Range") != c.content {
				t.Errorf("got %d %q %q, want %d %q %q", got.StatusCode, got.body, got.Header.Get("Content-Range"), c.status, c.body, c.content)
			}
		})
	}
	t.Run("several", func(t *testing.T) {
		got := r.send("GET", "/files/videos/x.ts", "", "Range: bytes=12-13,2-3")
		_, params, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
		if err != nil || got.StatusCode != 206 {
			t.Fatalf("got %d %v, %v", got.StatusCode, got.Header, err)
		}
		var parts []string
		for mr := multipart.NewReader(bytes.NewReader(got.body), params["boundary"]); ; {
			p, err := mr.NextPart()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(p)
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, p.Header.Get("Content-Range")+" "+string(b))
		}
		if want := "bytes 12-13/16 cd, bytes 2-3/16 23"; strings.Join(parts, ", ") != want {
			t.Errorf("got %q, want %q", parts, want)
		}
	})
	t.Run("empty object", func(t *testing.T) {
		r.send("PUT", "/files/videos/empty", "")
		if got := r.send("GET", "/files/videos/empty", ""); got.StatusCode != 200 || len(got.body) != 0 || got.ContentLength != 0 {
			t.Errorf("got %d %q", got.StatusCode, got.body)
		}
	})
}

func TestFileErrors(t *testing.T) {
	r := serve(t)
	if err := r.store.CreateBucket(t.Context(), media.WorkBucket); err != nil {
		t.Fatal(err)
	}
	if _, err := r.store.Create(t.Context(), media.Work("chunk"), strings.NewReader("secret")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, method, target string
		status               int
	}{
		{"no object", "GET", "/files/videos/nothing.mp4", 404},
		{"no bucket", "GET", "/files/nothing/x.mp4", 404},
		{"upload to no bucket", "PUT", "/files/nothing/x.mp4", 404},
		{"work bucket", "GET", "/files/.work/chunk", 404},
		{"work bucket, head", "HEAD", "/files/.work/chunk", 404},
		{"work bucket, encoded", "GET", "/files/%2Ework/chunk", 404},
		{"upload to work bucket", "PUT", "/files/.work/new", 404},
		{"by way of a bucket", "GET", "/files/videos/..%2F.work/chunk", 404},
		{"by way of a path", "GET", "/files/videos/../.work/chunk", 404},
		{"slash in bucket", "GET", "/files/videos%2F..%2F.work/chunk", 400},
		{"NUL in bucket", "GET", "/files/a%00b/x", 400},
		{"key too long", "GET", "/files/videos/" + strings.Repeat("k", 1025), 400},
		{"not UTF-8", "PUT", "/files/videos/%ff", 400},
		{"no key", "GET", "/files/videos/", 404},
		{"only a bucket", "GET", "/files/videos", 404},
		{"nothing", "GET", "/files/", 404},
		{"delete", "DELETE", "/files/videos/x", 405},
		{"post", "POST", "/files/videos/x", 405},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := r.send(c.method, c.target, "new")
			if got.StatusCode != c.status || got.errorType() == "" {
				t.Errorf("got %d %s %q, want %d in the envelope", got.StatusCode, got.errorType(), got.body, c.status)
			}
			if bytes.Contains(got.body, []byte("secret")) {
				t.Error("the work bucket was served")
			}
			if c.method != "HEAD" && got.message(t) == "" {
				t.Error("no message")
			}
		})
	}
}

// TestTraversal asks a store of plain files for what lies beside its buckets.
func TestTraversal(t *testing.T) {
	dir := t.TempDir()
	store, err := file.New(filepath.Join(dir, "buckets"))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.CreateBucket(t.Context(), "videos"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := serve(t, func(c *httpapi.Config) { c.Files = store })
	targets := []string{
		"/files/videos/..%2f..%2fsecret",
		"/files/videos/../../secret",
		"/files/videos/%2e%2e/%2e%2e/secret",
		"/files/videos/..%5c..%5csecret",
		"/files/..%2f/secret",
		"/files/../secret",
		"/files/%2e%2e/secret",
		"/files//secret",
		"/files/videos//../../secret",
		"/files/videos/%2fsecret",
	}
	for _, target := range targets {
		if got := r.send("GET", target, ""); got.StatusCode != 404 && got.StatusCode != 400 {
			t.Errorf("GET %s: got %d %q", target, got.StatusCode, got.body)
		}
	}
	for _, target := range targets { // some are keys like any other
		if got := r.send("PUT", target, "overwritten"); got.StatusCode == 201 {
			if back := r.send("GET", target, ""); string(back.body) != "overwritten" {
				t.Errorf("PUT %s: stored, but reads %q", target, back.body)
			}
		}
	}
	if b, err := os.ReadFile(filepath.Join(dir, "secret")); err != nil || string(b) != "secret" {
		t.Errorf("file beside the buckets: got %q, %v", b, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("beside the buckets: got %v, %v, want what was there", entries, err)
	}
}

// TestUploadBreaksOff hangs up in the middle of an upload.
func TestUploadBreaksOff(t *testing.T) {
	r := serve(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "PUT /files/videos/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nonly this"); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 400 ")) {
		t.Errorf("got %q, %v, want 400", answer, err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if _, err := r.store.Stat(t.Context(), media.Ref{Bucket: "videos", Key: "x"}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("half an upload: got %v, want nothing stored", err)
	}
}

// TestLongUpload streams more than the body of an operation may have.
func TestLongUpload(t *testing.T) {
	r := serve(t)
	const size = 5 << 20
	got := r.stream("PUT", "/files/videos/long", io.LimitReader(zeros{}, size))
	if got.StatusCode != 201 {
		t.Fatalf("got %d %s", got.StatusCode, got.body)
	}
	if back := r.send("GET", "/files/videos/long", ""); len(back.body) != size {
		t.Errorf("read back: got %d bytes, want %d", len(back.body), size)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestReadBreaksOff loses the store in the middle of an object: the client
// must notice, and the log say why.
func TestReadBreaksOff(t *testing.T) {
	cause := errors.New("disk gone")
	r := serve(t, func(c *httpapi.Config) { c.Files = losing{c.Files, cause} })
	r.send("PUT", "/files/videos/x", strings.Repeat("x", 100))
	resp, err := http.Get(r.url + "/files/videos/x")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("got %d bytes and no error, want a broken answer", len(b))
	}
	if l := r.line(resp.Header.Get("x-amzn-RequestId")); !strings.Contains(fmt.Sprint(l["error"]), cause.Error()) {
		t.Errorf("log: got %v, want the cause", l)
	}
}

// TestPanicHalfWay meets a bug of ours when half of an answer is out.
func TestPanicHalfWay(t *testing.T) {
	r := serve(t, func(c *httpapi.Config) { c.Files = losing{c.Files, nil} })
	r.send("PUT", "/files/videos/x", strings.Repeat("x", 100))
	resp, err := http.Get(r.url + "/files/videos/x")
	if err == nil { // else it was cut off before the header: just as clear
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	if err == nil {
		t.Error("got a whole answer, want a broken one")
	}
	l := r.find(func(line map[string]any) bool { return line["operation"] == "ReadFile" })
	if l["stack"] == nil || l["level"] != "ERROR" {
		t.Errorf("log: got %v, want the stack", l)
	}
}

// losing fails after ten bytes of every object, with a panic if there is no
// cause.
type losing struct {
	httpapi.Files
	cause error
}

func (l losing) Open(ctx context.Context, ref media.Ref, offset, _ int64) (io.ReadCloser, error) {
	rc, err := l.Files.Open(ctx, ref, offset, 10)
	if err != nil {
		return nil, err
	}
	var end error
	if l.cause != nil {
		end = storage.Down("losing", ref, l.cause)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(rc, failing{end}), rc}, nil
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		panic("lost")
	}
	return 0, f.err
}

func TestFilesOff(t *testing.T) {
	r := serve(t, func(c *httpapi.Config) { c.Files = nil })
	if got := r.send("GET", "/files/videos/x", ""); got.StatusCode != 404 || got.errorType() != "UnknownOperationException" {
		t.Errorf("got %d %s, want no such operation", got.StatusCode, got.errorType())
	}
}
