package ffmpeg_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/media"
)

func TestIndex(t *testing.T) {
	key := func(pts, dts int64) media.Key { return media.Key{PTS: media.Millis(pts), DTS: media.Millis(dts)} }
	tests := []struct {
		name     string
		start    media.Timestamp
		lines    string
		keys     []media.Key
		packets  int64
		duration media.Timestamp
	}{
		{name: "nothing"},
		{
			name:  "B-frames: decoding order, ends in the middle",
			lines: "0.000000,-0.080000,0.040000,K_\n0.120000,-0.040000,0.040000,__\n0.040000,0.000000,0.040000,__\n0.080000,0.040000,0.040000,__\n",
			keys:  []media.Key{key(0, -80)}, packets: 4, duration: media.Millis(160),
		},
		{
			name: "start time", start: media.Millis(3600500),
			lines: "3600.500000,3600.420000,0.040000,K__\n3601.500000,3601.420000,0.040000,K__\n",
			keys:  []media.Key{key(0, -80), key(1000, 920)}, packets: 2, duration: media.Millis(1040),
		},
		{
			name: "negative start", start: media.Millis(-7),
			lines: "-0.007000,-0.007000,0.033000,K_\n",
			keys:  []media.Key{key(0, 0)}, packets: 1, duration: media.Millis(33),
		},
		{
			name:  "key frames shown in another order than decoded",
			lines: "2.000000,0.500000,0.040000,K_\n1.000000,0.900000,0.040000,K_\n",
			keys:  []media.Key{key(1000, 900), key(2000, 500)}, packets: 2, duration: media.Millis(2040),
		},
		{
			name:  "AVI: decoding times only",
			lines: "N/A,0.000000,0.040000,K_\nN/A,0.040000,0.040000,__\nN/A,0.080000,0.040000,K_\n",
			keys:  []media.Key{key(0, 0), key(80, 80)}, packets: 3, duration: media.Millis(120),
		},
		{
			name:  "presentation times only",
			lines: "0.5,N/A,N/A,K_\n",
			keys:  []media.Key{key(500, 500)}, packets: 1, duration: media.Millis(500),
		},
		{
			name:    "program stream: packets without any time count",
			lines:   "0.100000,0.100000,0.033000,K_\nN/A,N/A,0.033000,__\n",
			keys:    []media.Key{key(100, 100)},
			packets: 2, duration: media.Millis(133),
		},
		{
			name:    "edit list: a discarded key frame is a place to seek to",
			lines:   "-1.000000,-1.000000,0.040000,KD\n0.000000,0.000000,0.040000,__\n",
			keys:    []media.Key{key(-1000, -1000)},
			packets: 2, duration: media.Millis(40),
		},
		{
			name:  "garbage",
			lines: "\n,\n,,,\nN/A,N/A,N/A,K_\nnot a packet\n1e999999999,0,0,K_\nx,y,z,K_\n0x10,0,0.04,K_\n99999999999999999999,0,0,K_,,,\n.5,-.5,1,K\n-,-,1,K\n1.-5,N/A,0,K\n",
			// Half-readable times: the other one counts.
			keys: []media.Key{key(0, 0), key(0, 0), key(0, 0)}, packets: 9, duration: media.Millis(40),
		},
		{
			name:  "side data and line ends of another system",
			lines: "0.000000,0.000000,0.040000,K_,\r\n",
			keys:  []media.Key{key(0, 0)}, packets: 1, duration: media.Millis(40),
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x := ffmpeg.Index{Start: test.start}
			for line := range strings.Lines(test.lines) {
				x.Line(line)
			}
			if diff := cmp.Diff(test.keys, x.Keys()); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
			if x.Packets() != test.packets || x.Duration().Cmp(test.duration.Rational) != 0 {
				t.Errorf("%d packets of %v s, want %d of %v s", x.Packets(), x.Duration(), test.packets, test.duration)
			}
		})
	}
}

// TestIndexIsBounded reads ten hours of film whose every frame is a key frame.
func TestIndexIsBounded(t *testing.T) {
	const rate, hours, most = 25, 10, 4096
	const frames = rate * 3600 * hours
	memory := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := memory()
	var x ffmpeg.Index
	for i := range frames {
		x.Line(fmt.Sprintf("%d.%06d,%d.%06d,0.040000,K_", i/rate, i%rate*40000, i/rate, i%rate*40000))
	}
	if grown := int64(memory()) - int64(before); grown > 1<<20 {
		t.Errorf("an index of %d packets holds %d bytes", frames, grown)
	}
	keys := x.Keys()
	if x.Packets() != frames || len(keys) > most || len(keys) < most/2 {
		t.Fatalf("%d packets, %d keys; want %d, %d to %d", x.Packets(), len(keys), frames, most/2, most)
	}
	step := keys[1].PTS.Minus(keys[0].PTS)
	for i, k := range keys {
		if want := step.MulInt(int64(i)); k.PTS.Cmp(want) != 0 {
			t.Fatalf("key %d at %v, want %v: the seek points must be even", i, k.PTS, want)
		}
	}
	last := media.Seconds(frames/rate, 1).Minus(keys[len(keys)-1].PTS)
	if step.Plus(step).Less(last) {
		t.Errorf("no seek point in the last %v s", last)
	}
}

func FuzzIndex(f *testing.F) {
	f.Add("0.000000,-0.080000,0.040000,K_\n0.12,-0.04,0.04,__")
	f.Add("N/A,9223372036854.775807,-9223372036854.775808,K_")
	f.Add("-9223372036854775808,9223372036854775807,1/0,K_\n1/9223372036854775807,0,0,K")
	f.Fuzz(func(t *testing.T, text string) {
		x := ffmpeg.Index{Start: media.Millis(1400)}
		lines := int64(0)
		for line := range strings.Lines(text) {
			x.Line(line)
			lines++
		}
		keys := x.Keys()
		if x.Packets() > lines || int64(len(keys)) > x.Packets() {
			t.Errorf("%d packets and %d keys in %d lines", x.Packets(), len(keys), lines)
		}
		for i := 1; i < len(keys); i++ {
			if keys[i].PTS.Less(keys[i-1].PTS) {
				t.Errorf("key %d is before key %d", i, i-1)
			}
		}
	})
}

func BenchmarkIndex(b *testing.B) {
	lines := make([]string, 1000)
	for i := range lines {
		flags := "__"
		if i%50 == 0 {
			flags = "K_"
		}
		lines[i] = fmt.Sprintf("%d.%06d,%d.%06d,0.033367,%s\n", i/30, i%30*33367, i/30, i%30*33300, flags)
	}
	x := ffmpeg.Index{Start: media.Millis(1400)}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		x.Line(lines[i%len(lines)])
	}
}
