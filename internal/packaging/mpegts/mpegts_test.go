package mpegts_test

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/packaging/mpegts"
	"github.com/everframe/everframe/internal/testmedia"
)

// segments cuts clip into HLS segments of about a second and returns them in
// order.
func segments(t testing.TB, clip string, args ...string) [][]byte {
	t.Helper()
	dir := t.TempDir()
	cmd := append([]string{"-i", "file:" + clip, "-map", "0", "-c", "copy"}, args...)
	testmedia.FFmpeg(t, append(cmd, "-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod",
		"-hls_segment_filename", filepath.Join(dir, "%05d.ts"), filepath.Join(dir, "list.m3u8"))...)
	files, err := filepath.Glob(filepath.Join(dir, "*.ts"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d segments, error %v", len(files), err)
	}
	var all [][]byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

func scan(t testing.TB, segment []byte) mpegts.Info {
	t.Helper()
	info, err := mpegts.Scan(bytes.NewReader(segment))
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestScan(t *testing.T) {
	type stream = mpegts.Stream
	tests := []struct {
		name    string
		spec    testmedia.Spec
		want    []stream
		psi     bool
		nothing bool // no video
	}{
		{
			name: "h264 and aac",
			spec: testmedia.Spec{Audio: true, Container: "ts"},
			want: []stream{{PID: 256, Type: 0x1b, Units: 25, Key: true}, {PID: 257, Type: 0x0f, Key: true}},
		},
		{
			name: "b-frames, no sound",
			spec: testmedia.Spec{Container: "ts", Rate: "30000/1001"},
			want: []stream{{PID: 256, Type: 0x1b, Units: 30, Key: true}},
		},
		{
			name: "sound only",
			spec: testmedia.Spec{NoVideo: true, Container: "ts"},
			want: []stream{{PID: 256, Type: 0x0f, Key: true}}, nothing: true,
		},
		{
			name: "mpeg2 and mp2",
			spec: testmedia.Spec{Audio: true, Container: "ts", VideoArgs: []string{"-c:v", "mpeg2video"}, AudioArgs: []string{"-c:a", "mp2"}},
			want: []stream{{PID: 256, Type: 0x02, Units: 25, Key: true}, {PID: 257, Type: 0x03, Key: true}},
		},
		{
			name: "hevc",
			spec: testmedia.Spec{Container: "ts", VideoArgs: []string{"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error"}},
			want: []stream{{PID: 256, Type: 0x24, Units: 25, Key: true}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			clip := testmedia.Clip(t, test.spec)
			b, err := os.ReadFile(clip)
			if err != nil {
				t.Fatal(err)
			}
			info := scan(t, b)
			if diff := cmp.Diff(test.want, info.Streams, cmpopts.IgnoreFields(stream{}, "FirstPTS", "LastPTS"),
				cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Units" }, cmp.Comparer(func(x, y int64) bool { return x == y || x == 0 || y == 0 }))); diff != "" {
				t.Errorf("streams (-want +got):\n%s", diff)
			}
			for i, s := range info.Streams {
				packets := testmedia.Packets(t, clip, string(rune('0'+i)))
				last := slices.MaxFunc(packets, func(a, b testmedia.Packet) int { return int(a.PTS - b.PTS) })
				if s.FirstPTS != packets[0].PTS {
					t.Errorf("stream %d begins at %d, ffprobe says %d", i, s.FirstPTS, packets[0].PTS)
				}
				if s.Video() && s.LastPTS != last.PTS {
					t.Errorf("stream %d ends at %d, ffprobe says %d", i, s.LastPTS, last.PTS)
				}
			}
			if info.PSIFirst {
				t.Error("the tables are in order; ffmpeg begins with the SDT")
			}
			// ffmpeg writes the clock with PES packets only: some 0.25 s apart
			// for sound alone, more than the 0.1 s that players ask for.
			limit := int64(27_000_000 / 10)
			if test.nothing {
				limit *= 3
			}
			if info.CounterErrors != 0 || info.PCRGap <= 0 || info.PCRGap > limit {
				t.Errorf("%d counter errors, %d ticks between clock references", info.CounterErrors, info.PCRGap)
			}
			if _, ok := info.Video(); ok == test.nothing {
				t.Errorf("video found: %v", ok)
			}
			if info.Packets*mpegts.PacketSize != int64(len(b)) {
				t.Errorf("%d packets in %d bytes", info.Packets, len(b))
			}
		})
	}
}

// Segments that begin anywhere but at a key frame must not pass.
func TestScanKey(t *testing.T) {
	encoders := map[string][]string{
		"h264":  {"-c:v", "libx264", "-preset", "ultrafast", "-g", "250", "-bf", "2"},
		"mpeg2": {"-c:v", "mpeg2video", "-g", "250"},
		"hevc":  {"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:keyint=250"},
	}
	for name, args := range encoders {
		t.Run(name, func(t *testing.T) {
			clip := testmedia.Clip(t, testmedia.Spec{Container: "mkv", Size: "160x90", Seconds: 3, VideoArgs: args})
			for i, s := range segments(t, clip, "-hls_flags", "split_by_time") {
				video, _ := scan(t, s).Video()
				if want := i == 0; video.Key != want {
					t.Errorf("segment %d begins with a key frame: %v, want %v", i, video.Key, want)
				}
			}
		})
	}
}

func TestFixPSI(t *testing.T) {
	clip := testmedia.Clip(t, testmedia.Spec{Seconds: 3, Audio: true})
	var before, after []byte
	for i, segment := range segments(t, clip) {
		fixed := bytes.Clone(segment)
		if err := mpegts.FixPSI(fixed[:mpegts.HeadSize]); err != nil {
			t.Fatal(err)
		}
		was, is := scan(t, segment), scan(t, fixed)
		if was.PSIFirst || !is.PSIFirst {
			t.Errorf("segment %d: in order before %v, after %v", i, was.PSIFirst, is.PSIFirst)
		}
		was.PSIFirst = true
		if diff := cmp.Diff(was, is); diff != "" {
			t.Errorf("segment %d: something else changed (-before +after):\n%s", i, diff)
		}
		if diff := cmp.Diff(byPID(segment), byPID(fixed)); diff != "" {
			t.Errorf("segment %d: packets of a PID changed", i)
		}
		again := bytes.Clone(fixed)
		if err := mpegts.FixPSI(again); err != nil || !bytes.Equal(again, fixed) {
			t.Errorf("segment %d: fixing twice is not fixing once (%v)", i, err)
		}
		before, after = append(before, segment...), append(after, fixed...)
	}
	if diff := cmp.Diff(hashes(t, before), hashes(t, after)); diff != "" {
		t.Errorf("pictures differ (-before +after):\n%s", diff)
	}
}

// byPID returns each PID's packets in order.
func byPID(b []byte) map[int][]byte {
	m := map[int][]byte{}
	for p := range slices.Chunk(b, mpegts.PacketSize) {
		pid := int(p[1]&0x1f)<<8 | int(p[2])
		m[pid] = append(m[pid], p...)
	}
	return m
}

func hashes(t *testing.T, b []byte) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "all.ts")
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return testmedia.FrameHashes(t, file, "v:0")
}

func TestDamaged(t *testing.T) {
	good := segments(t, testmedia.Clip(t, testmedia.Spec{Size: "160x90"}))[0]
	// The tables are the first three packets: SDT, PAT, PMT.
	noSync := bytes.Clone(good)
	noSync[188*2] = 0
	tests := []struct {
		name  string
		input []byte
		scan  bool // Scan must refuse it
	}{
		{"empty", nil, true},
		{"html", bytes.Repeat([]byte("<html>"), 188), true},
		{"no sync byte", noSync, true},
		{"cut in a packet", good[:len(good)-1], true},
		{"media first", append(bytes.Clone(good[3*188:]), good[:3*188]...), false},
		{"no program map", append(bytes.Clone(good[:2*188]), good[3*188:4*188]...), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := bytes.Clone(test.input)
			if err := mpegts.FixPSI(b); fault.KindOf(err) != fault.BadInput || !bytes.Equal(b, test.input) {
				t.Errorf("FixPSI: %v, changed %v; want BadInput and no change", err, !bytes.Equal(b, test.input))
			}
			info, err := mpegts.Scan(bytes.NewReader(test.input))
			if refused := fault.KindOf(err) == fault.BadInput; refused != test.scan || (err == nil && info.PSIFirst) {
				t.Errorf("Scan: %+v, %v; want refusal %v", info, err, test.scan)
			}
		})
	}
}

func TestLostPackets(t *testing.T) {
	good := segments(t, testmedia.Clip(t, testmedia.Spec{Size: "160x90"}))[0]
	lost := slices.Concat(good[:188*10], good[188*12:])
	if got := scan(t, lost).CounterErrors; got != 1 {
		t.Errorf("%d counter errors after losing two packets in a row, want 1", got)
	}
}

func TestScanReadError(t *testing.T) {
	want := errors.New("disk gone")
	if _, err := mpegts.Scan(iotest.ErrReader(want)); !errors.Is(err, want) || fault.KindOf(err) == fault.BadInput {
		t.Errorf("got %v, want the reader's own error", err)
	}
}

func FuzzScan(f *testing.F) {
	for _, s := range segments(f, testmedia.Clip(f, testmedia.Spec{Size: "32x32", Rate: "5", Audio: true})) {
		f.Add(s[:min(len(s), 20*188)])
	}
	f.Add([]byte{0x47})
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := mpegts.Scan(iotest.OneByteReader(bytes.NewReader(data)))
		if err == nil && info.Packets != int64(len(data)/188) {
			t.Errorf("%d packets in %d bytes", info.Packets, len(data))
		}
		fixed := bytes.Clone(data)
		if err := mpegts.FixPSI(fixed); err != nil {
			if !bytes.Equal(fixed, data) {
				t.Error("changed in spite of an error")
			}
			return
		}
		if !maps.EqualFunc(byPID(data), byPID(fixed), bytes.Equal) {
			t.Error("packets of a PID changed")
		}
	})
}
