package fmp4_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/packaging/fmp4"
	"github.com/everframe/everframe/internal/testmedia"
)

// gop is the key frame distance of every encode below.
const gop = 10

// encode encodes frames [from,to) of clip, to -1 meaning to the end, the way
// chunks are encoded.
func encode(t testing.TB, clip, rate string, from, to int, args ...string) string {
	t.Helper()
	trim := "fps=" + rate
	if from == 0 {
		trim += ":start_time=0"
	}
	if from > 0 || to >= 0 {
		trim += fmt.Sprintf(",trim=start_pts=%d", from)
		if to >= 0 {
			trim += fmt.Sprintf(":end_pts=%d", to)
		}
	}
	out := filepath.Join(t.TempDir(), fmt.Sprintf("%d-%d.mp4", from, to))
	cmd := []string{
		"-copyts", "-start_at_zero", "-i", "file:" + clip, "-map", "0:v:0", "-an",
		"-vf", trim + ",setpts=PTS-STARTPTS", "-fps_mode", "passthrough",
	}
	cmd = append(cmd, args...)
	cmd = append(cmd, "-threads", "1", "-f", "mp4", "-movflags", "frag_keyframe+delay_moov+default_base_moof", "file:"+out)
	testmedia.FFmpeg(t, cmd...)
	return out
}

func x264(args ...string) []string {
	return append([]string{
		"-c:v", "libx264", "-preset", "veryfast", "-b:v", "300k", "-maxrate", "450k", "-bufsize", "450k", "-pix_fmt", "yuv420p",
		"-g", fmt.Sprint(gop), "-keyint_min", fmt.Sprint(gop), "-sc_threshold", "0",
	}, args...)
}

// open returns the file's bytes as a reader.
func open(t testing.TB, path string) *bytes.Reader {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b)
}

// joinFiles joins files and returns the result's path and report.
func joinFiles(t testing.TB, files ...string) (string, fmp4.Report) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "joined.mp4")
	w, err := os.Create(out)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	chunks := make([]io.ReadSeeker, len(files))
	for i, f := range files {
		chunks[i] = open(t, f)
	}
	report, err := fmp4.Join(w, chunks)
	if err != nil {
		t.Fatal(err)
	}
	return out, report
}

// The point of the package: a file encoded in pieces has the very time stamps
// of the file encoded in one pass.
func TestJoinEqualsOnePass(t *testing.T) {
	baseline := x264("-profile:v", "baseline", "-bf", "0")
	main := x264("-profile:v", "main", "-bf", "2")
	deep := x264("-profile:v", "high", "-bf", "5", "-refs", "4")
	crf := []string{"-c:v", "libx264", "-preset", "ultrafast", "-crf", "30", "-bf", "2", "-g", "10", "-keyint_min", "10", "-sc_threshold", "0"}
	tests := []struct {
		name, rate string
		args       []string
	}{
		{"baseline", "25", baseline},
		{"baseline", "30000/1001", baseline},
		{"baseline", "24000/1001", baseline},
		{"b-frames", "25", main},
		{"b-frames", "30000/1001", main},
		{"b-frames", "24000/1001", main},
		{"deep b-frames", "30000/1001", deep},
		{"no bit rate", "25", crf},
	}
	// The last cut leaves a tail of a single frame, shorter than the reorder
	// delay: its edit list differs from the first chunk's.
	cuts := []int{0, 30, 50, 70, 71, -1}
	for _, test := range tests {
		t.Run(test.name+" "+strings.ReplaceAll(test.rate, "/", "_"), func(t *testing.T) {
			rate, args := test.rate, test.args
			clip := testmedia.Clip(t, testmedia.Spec{Size: "160x90", Rate: rate, Seconds: 3.2})
			single := encode(t, clip, rate, 0, 71, args...)
			var files, hashes []string
			sizes := []int{}
			for i := 0; i+2 < len(cuts); i++ {
				f := encode(t, clip, rate, cuts[i], cuts[i+1], args...)
				files = append(files, f)
				hashes = append(hashes, testmedia.FrameHashes(t, f, "v:0")...)
				for _, p := range testmedia.Packets(t, f, "v:0") {
					sizes = append(sizes, p.Size)
				}
			}
			joined, report := joinFiles(t, files...)

			want, got := testmedia.Packets(t, single, "v:0"), testmedia.Packets(t, joined, "v:0")
			// Sizes differ: rate control starts anew in every chunk.
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(testmedia.Packet{}, "Size")); diff != "" {
				t.Errorf("packets differ from one pass (-want +got):\n%s", diff)
			}
			var gotSizes []int
			for _, p := range got {
				gotSizes = append(gotSizes, p.Size)
			}
			if diff := cmp.Diff(sizes, gotSizes); diff != "" {
				t.Errorf("packet sizes differ from the chunks' (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(hashes, testmedia.FrameHashes(t, joined, "v:0")); diff != "" {
				t.Errorf("pictures differ from the chunks' (-want +got):\n%s", diff)
			}
			singleInfo, err := fmp4.Inspect(open(t, single))
			if err != nil {
				t.Fatal(err)
			}
			joinedInfo, err := fmp4.Inspect(open(t, joined))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(singleInfo.Tracks, joinedInfo.Tracks); diff != "" {
				t.Errorf("track differs from one pass (-want +got):\n%s", diff)
			}
			track := joinedInfo.Tracks[0]
			if want := (fmp4.Report{Samples: 71, Duration: track.Duration, Timescale: track.Timescale, Fragments: joinedInfo.Fragments}); report != want {
				t.Errorf("report %+v, want %+v", report, want)
			}
			if report.Duration != 71*got[0].Duration {
				t.Errorf("duration %d ticks, want 71 frames of %d", report.Duration, got[0].Duration)
			}
		})
	}
}

// A remux to progressive MP4 keeps the equality: this is what customers get.
func TestJoinThenRemux(t *testing.T) {
	const rate = "30000/1001"
	clip := testmedia.Clip(t, testmedia.Spec{Size: "160x90", Rate: rate, Seconds: 2.1})
	args := x264("-profile:v", "main", "-bf", "2")
	joined, _ := joinFiles(t, encode(t, clip, rate, 0, 40, args...), encode(t, clip, rate, 40, -1, args...))
	for _, file := range []string{"joined", "single"} {
		in := joined
		if file == "single" {
			in = encode(t, clip, rate, 0, -1, args...)
		}
		testmedia.FFmpeg(t, "-i", "file:"+in, "-map", "0:v", "-c", "copy", "-movflags", "+faststart", "file:"+filepath.Join(filepath.Dir(joined), file+"-fast.mp4"))
	}
	dir := filepath.Dir(joined)
	want := testmedia.Packets(t, filepath.Join(dir, "single-fast.mp4"), "v:0")
	got := testmedia.Packets(t, filepath.Join(dir, "joined-fast.mp4"), "v:0")
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(testmedia.Packet{}, "Size")); diff != "" {
		t.Errorf("packets differ (-want +got):\n%s", diff)
	}
}

func TestJoinSkipsEmptyChunk(t *testing.T) {
	clip := testmedia.Clip(t, testmedia.Spec{Size: "160x90"})
	args := x264("-bf", "2")
	empty := encode(t, clip, "25", 500, 600, args...)
	a, b := encode(t, clip, "25", 0, 10, args...), encode(t, clip, "25", 10, 20, args...)
	_, report := joinFiles(t, empty, a, b, empty)
	if report.Samples != 20 || report.Fragments != 2 {
		t.Errorf("report %+v, want 20 samples in 2 fragments", report)
	}
	if _, err := fmp4.Join(io.Discard, []io.ReadSeeker{open(t, empty)}); fault.KindOf(err) != fault.Internal {
		t.Errorf("joining nothing but an empty chunk: %v, want an internal fault", err)
	}
}

func TestJoinMismatch(t *testing.T) {
	clip := testmedia.Clip(t, testmedia.Spec{Size: "160x90"})
	first := encode(t, clip, "25", 0, 10, x264("-profile:v", "main", "-bf", "0")...)
	second := func(rate string, args ...string) string { return encode(t, clip, rate, 10, 20, args...) }
	tests := []struct {
		name string
		file string
	}{
		{"other profile", second("25", x264("-profile:v", "high", "-bf", "0")...)},
		{"other size", second("25", x264("-profile:v", "main", "-bf", "0", "-s", "128x72")...)},
		{"other time scale", second("30000/1001", x264("-profile:v", "main", "-bf", "0")...)},
		{"other delay", second("25", x264("-profile:v", "main", "-bf", "2")...)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			j := fmp4.NewJoiner(io.Discard)
			if _, err := j.Add(open(t, first)); err != nil {
				t.Fatal(err)
			}
			_, err := j.Add(open(t, test.file))
			if !errors.Is(err, fmp4.ErrMismatch) || fault.KindOf(err) != fault.Internal {
				t.Errorf("got %v, want ErrMismatch of kind Internal", err)
			}
		})
	}
}

func TestJoinDamaged(t *testing.T) {
	clip := testmedia.Clip(t, testmedia.Spec{Size: "160x90", Audio: true})
	good := encode(t, clip, "25", 0, 20, x264("-bf", "2")...)
	whole, err := io.ReadAll(open(t, good))
	if err != nil {
		t.Fatal(err)
	}
	two := filepath.Join(t.TempDir(), "two.mp4")
	testmedia.FFmpeg(t, "-i", "file:"+clip, "-c", "copy", "-movflags", "frag_keyframe+delay_moov+default_base_moof", "file:"+two)
	late := bytes.Clone(whole)
	late[bytes.Index(late, []byte("tfdt"))+11] = 7
	outside := bytes.Clone(whole)
	copy(outside[bytes.Index(outside, []byte("trun"))+12:], []byte{0x7f, 0, 0, 0})
	tests := []struct {
		name  string
		input []byte
	}{
		{"empty", nil},
		{"text", []byte("#EXTM3U\n#EXT-X-ENDLIST\n")},
		{"header only", whole[:30]},
		{"cut in the moov", whole[:500]},
		{"cut in a moof", whole[:bytes.Index(whole, []byte("moof"))+40]},
		{"cut before the data", whole[:bytes.Index(whole, []byte("mdat"))-4]},
		{"cut in the data", whole[:bytes.Index(whole, []byte("mdat"))+400]},
		{"stray byte", append(bytes.Clone(whole), 0)},
		{"progressive", mustRead(t, clip)},
		{"two tracks", mustRead(t, two)},
		{"begins late", late},
		{"data elsewhere", outside},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := fmp4.Join(io.Discard, []io.ReadSeeker{bytes.NewReader(test.input)})
			if fault.KindOf(err) != fault.Internal || errors.Is(err, fmp4.ErrMismatch) {
				t.Errorf("got %v, want an internal fault that is no mismatch", err)
			}
		})
	}
}

// A fault that reading brings keeps its kind: a lost storage is worth a retry.
func TestJoinKeepsKind(t *testing.T) {
	_, err := fmp4.Join(io.Discard, []io.ReadSeeker{lost{}})
	if got := fault.KindOf(err); got != fault.Unavailable {
		t.Errorf("kind %v, want Unavailable", got)
	}
}

// A reader may say it is longer than it is, as a window onto a file does.
func TestJoinWindow(t *testing.T) {
	chunk := mustRead(t, encode(t, testmedia.Clip(t, testmedia.Spec{Size: "160x90"}), "25", 0, 20, x264("-bf", "2")...))
	for end, want := range map[int]int64{len(chunk): 20, len(chunk) / 2: 0} {
		report, err := fmp4.Join(io.Discard, []io.ReadSeeker{io.NewSectionReader(bytes.NewReader(chunk[:end]), 0, 1<<62)})
		if report.Samples != want || (err == nil) != (want > 0) {
			t.Errorf("%d of %d bytes: %d samples, error %v; want %d samples", end, len(chunk), report.Samples, err, want)
		}
	}
}

type lost struct{}

func (lost) Read([]byte) (int, error) { return 0, fault.New("read", fault.Unavailable, 0, "gone") }
func (lost) Seek(int64, int) (int64, error) {
	return 0, fault.New("seek", fault.Unavailable, 0, "gone")
}

func mustRead(t testing.TB, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Sample data must pass through without being held: a chunk whose data box is
// very long costs no more memory than a short one.
func TestJoinStreams(t *testing.T) {
	clip := testmedia.Clip(t, testmedia.Spec{Size: "160x90"})
	chunk := mustRead(t, encode(t, clip, "25", 0, gop, x264("-bf", "0")...))
	big := padded(chunk, 64<<20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := fmp4.Join(onlyWriter{io.Discard}, []io.ReadSeeker{big}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("joining 64 MB allocated %d bytes, want below 1 MB", got)
	}
}

// onlyWriter hides io.Discard's ReaderFrom.
type onlyWriter struct{ io.Writer }

// padded makes the chunk's only data box n bytes longer with zeros that exist
// nowhere in memory.
func padded(chunk []byte, n int64) io.ReadSeeker {
	at := bytes.Index(chunk, []byte("mdat")) - 4
	head := bytes.Clone(chunk)
	size := int64(head[at])<<24 | int64(head[at+1])<<16 | int64(head[at+2])<<8 | int64(head[at+3])
	end := at + int(size)
	size += n
	head[at], head[at+1], head[at+2], head[at+3] = byte(size>>24), byte(size>>16), byte(size>>8), byte(size)
	return io.NewSectionReader(zeros(head[:end]), 0, int64(end)+n)
}

// zeros reads as its bytes followed by zeros without end.
type zeros []byte

func (z zeros) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	if off < int64(len(z)) {
		copy(p, z[off:])
	}
	return len(p), nil
}
