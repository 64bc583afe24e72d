package fmp4_test

import (
	"bytes"
	"io"
	"runtime"
	"testing"

	"github.com/everframe/everframe/internal/packaging/fmp4"
	"github.com/everframe/everframe/internal/testmedia"
)

// FuzzInspect and FuzzJoin hold two properties: no panic, and a result that
// does not claim more samples than the input could describe.
func FuzzInspect(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := fmp4.Inspect(bytes.NewReader(data))
		if err == nil && len(info.Tracks) == 0 {
			t.Error("no error and no track")
		}
		for _, track := range info.Tracks {
			if track.Samples < 0 || track.Duration < 0 {
				t.Errorf("negative counts: %+v", track)
			}
		}
	})
}

func FuzzJoin(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		var out bytes.Buffer
		report, err := fmp4.Join(&out, []io.ReadSeeker{bytes.NewReader(data), bytes.NewReader(data)})
		if err != nil {
			return
		}
		// What Join accepts, Inspect reads back, and finds twice the input.
		info, err := fmp4.Inspect(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatalf("joined file cannot be read: %v", err)
		}
		if got := info.Tracks[0]; got.Samples != report.Samples || got.Duration != report.Duration || report.Samples%2 != 0 {
			t.Errorf("report %+v, file %+v", report, got)
		}
	})
}

func seed(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x00\x00\x00\x08ftyp\x00\x00\x00\x01moov\xff\xff\xff\xff\xff\xff\xff\xff"))
	clip := testmedia.Clip(f, testmedia.Spec{Size: "32x32", Rate: "5", VideoArgs: []string{"-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-x264-params", "sliced-threads=0"}})
	f.Add(mustRead(f, clip))
	f.Add(mustRead(f, encode(f, clip, "5", 0, 5, "-c:v", "libx264", "-preset", "ultrafast")))
}

// Every byte of a chunk's headers is damaged in turn: sizes, counts, offsets.
// Whatever it says, reading allocates in proportion to the file, not to what
// the file claims.
func TestHostileBytes(t *testing.T) {
	clip := testmedia.Clip(t, testmedia.Spec{Size: "32x32", Rate: "10", Audio: true})
	inputs := map[string][]byte{
		"progressive": mustRead(t, clip),
		"fragmented":  mustRead(t, encode(t, clip, "10", 0, 10, "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2")),
	}
	for name, data := range inputs {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			for at := range data {
				was := data[at]
				for _, value := range []byte{0, 1, 0x7f, 0xff} {
					data[at] = value
					runtime.ReadMemStats(&before)
					_, _ = fmp4.Inspect(bytes.NewReader(data)) // any answer will do
					_, _ = fmp4.Join(io.Discard, []io.ReadSeeker{bytes.NewReader(data)})
					runtime.ReadMemStats(&after)
					if got := after.TotalAlloc - before.TotalAlloc; got > 4<<20 {
						t.Fatalf("byte %d = %#x: %d bytes allocated for a file of %d", at, value, got, len(data))
					}
				}
				data[at] = was
			}
			for end := range data {
				if _, err := fmp4.Join(io.Discard, []io.ReadSeeker{bytes.NewReader(data[:end])}); err == nil && end < bytes.LastIndex(data, []byte("mdat")) {
					t.Fatalf("joined a file cut at %d of %d", end, len(data))
				}
			}
		})
	}
}
