package plan_test

import (
	"encoding/json"
	"math/rand/v2"
	"sort"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
)

// grid returns the time line of so many seconds.
func grid(rate media.FrameRate, seconds int64) plan.Timeline {
	d := media.Seconds(seconds, 1)
	return plan.Timeline{Rate: rate, Duration: d, Frames: rate.Frames(d)}
}

// every returns key frames every gop seconds, decoded delay before they are shown.
func every(gop, delay, length media.Timestamp) (keys []media.Key) {
	for n, last := int64(0), length.Div(gop.Rational).Ceil(); n < last; n++ {
		at := media.Timestamp{Rational: gop.MulInt(n)}
		keys = append(keys, media.Key{PTS: at, DTS: at.Minus(delay)})
	}
	return keys
}

func seconds(n int64) media.Timestamp { return media.Seconds(n, 1) }

func cut(t plan.Timeline, gop int64, keys []media.Key, o plan.Options) []plan.Chunk {
	return plan.Cut(t, gop, keys, o.WithDefaults(), plan.MaxChunks)
}

func TestCutWhole(t *testing.T) {
	ntsc := media.Rate(30000, 1001)
	keys := every(seconds(2), media.Timestamp{}, seconds(600))
	tests := []struct {
		name string
		line plan.Timeline
		gop  int64
		keys []media.Key
		o    plan.Options
	}{
		{"short", grid(ntsc, 119), 90, keys, plan.Options{Slots: 8}},
		{"shorter than the operator's bound", grid(ntsc, 599), 90, keys, plan.Options{Slots: 8, WholeBelow: seconds(600)}},
		{"unknown length", plan.Timeline{Rate: ntsc}, 90, keys, plan.Options{Slots: 8}},
		{"no index", grid(ntsc, 600), 90, nil, plan.Options{Slots: 8}},
		{"intra refresh: one key frame", grid(ntsc, 600), 90, keys[:1], plan.Options{Slots: 8}},
		{"key frames a minute apart", grid(ntsc, 600), 90, every(seconds(60), media.Timestamp{}, seconds(600)), plan.Options{Slots: 1}},
		{"one GOP holds it all", grid(ntsc, 600), 100000, keys, plan.Options{Slots: 8}},
		{"nothing after the first minute", grid(ntsc, 600), 90, keys[:30], plan.Options{Slots: 1, ChunkLength: seconds(60)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := []plan.Chunk{{}}
			if diff := cmp.Diff(want, cut(tt.line, tt.gop, tt.keys, tt.o)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCut(t *testing.T) {
	keys := every(seconds(2), media.Timestamp{}, seconds(600))
	tests := []struct {
		name   string
		line   plan.Timeline
		gop    int64
		keys   []media.Key
		o      plan.Options
		count  int
		length int64 // frames
	}{
		// 600 s of 25 fps = 15,000 frames; 60 s = 1,500.
		{"a minute each", grid(media.Rate(25, 1), 600), 50, keys, plan.Options{Slots: 1}, 10, 1500},
		{"even for four slots", grid(media.Rate(25, 1), 600), 50, keys, plan.Options{Slots: 4}, 12, 1250},
		{"even for twelve slots", grid(media.Rate(25, 1), 600), 50, keys, plan.Options{Slots: 12}, 12, 1250},
		{"not under half a minute for many slots", grid(media.Rate(25, 1), 600), 50, keys, plan.Options{Slots: 64}, 20, 750},
		{"the operator's length", grid(media.Rate(25, 1), 600), 50, keys, plan.Options{Slots: 2, ChunkLength: seconds(30)}, 20, 750},
		{"rounded to GOPs", grid(media.Rate(30000, 1001), 600), 90, keys, plan.Options{Slots: 2}, 10, 1800},
		{"ten of the source's GOPs", grid(media.Rate(25, 1), 600), 50, every(seconds(10), media.Timestamp{}, seconds(600)), plan.Options{Slots: 1}, 6, 2500},
		{"just long enough", grid(media.Rate(25, 1), 120), 50, every(seconds(2), media.Timestamp{}, seconds(120)), plan.Options{}, 2, 1500},
		{"GOPs longer than a chunk", grid(media.Rate(25, 1), 600), 5000, keys, plan.Options{}, 3, 5000},
		// The file holds 300 s and says 600: what begins after the last key frame is not planned.
		{"truncated", grid(media.Rate(25, 1), 600), 50, keys[:150], plan.Options{ChunkLength: seconds(60)}, 5, 1500},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			chunks := cut(tt.line, tt.gop, tt.keys, tt.o)
			if len(chunks) != tt.count || chunks[0].Frames() != tt.length {
				t.Errorf("%d chunks of %d frames, want %d of %d", len(chunks), chunks[0].Frames(), tt.count, tt.length)
			}
		})
	}
}

// The key frame sought is one GOP before the last that is shown half a frame
// before the chunk begins, by its decoding time.
func TestSeek(t *testing.T) {
	line := grid(media.Rate(25, 1), 240) // chunks of 60 s
	delayed := every(seconds(2), media.Seconds(2, 25), seconds(240))
	late := every(seconds(2), media.Timestamp{}, seconds(240))
	for i := range late { // a hundredth after the frame: not usable for it
		late[i].PTS = late[i].PTS.Plus(media.Seconds(1, 100))
	}
	sparse := append([]media.Key{{PTS: seconds(0), DTS: seconds(-1)}, {PTS: seconds(59), DTS: seconds(58)}}, delayed[31:]...)
	tests := []struct {
		name string
		keys []media.Key
		want []media.Timestamp
	}{
		// Chunk 1 begins at 60 s; its key must be shown by 59.98 s, so it is the
		// one at 58 s, and the one before that, at 56 s, is decoded at 55.92 s.
		{"decoding runs ahead", delayed, []media.Timestamp{{}, media.Seconds(5592, 100), media.Seconds(11592, 100), media.Seconds(17592, 100)}},
		{"a key frame just too late", late, []media.Timestamp{{}, seconds(56), seconds(116), seconds(176)}},
		// Only the first key frame lies before the one wanted: from the beginning.
		{"before the second key frame", sparse, []media.Timestamp{{}, {}, media.Seconds(11592, 100), media.Seconds(17592, 100)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []media.Timestamp
			for _, c := range cut(line, 50, tt.keys, plan.Options{ChunkLength: seconds(60)}) {
				got = append(got, c.Seek)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What must hold of every cut, over random sources, presets and pools.
func TestCutProperties(t *testing.T) {
	rates := []media.FrameRate{
		media.Rate(24000, 1001), media.Rate(25, 1), media.Rate(30000, 1001), media.Rate(30, 1),
		media.Rate(60000, 1001), media.Rate(15, 1), media.Rate(25, 2), media.Rate(29671, 1000),
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	many, even := 0, 0
	for range 200 {
		rate := rates[rnd.IntN(len(rates))]
		length := 1 + rnd.Int64N(8000)
		if rnd.IntN(100) == 0 {
			length = 100_000 + rnd.Int64N(100_000)
		}
		line := grid(rate, length)
		gop := []int64{1, 12, 15, 30, 50, 60, 90, 250, 1 + rnd.Int64N(1000)}[rnd.IntN(9)]
		sourceGOP := media.Millis(500 + rnd.Int64N(12000))
		keys := every(sourceGOP, media.Millis(rnd.Int64N(200)), line.Duration)
		o := plan.Options{Slots: 1 + rnd.IntN(32)}
		if rnd.IntN(3) == 0 {
			o.ChunkLength = seconds(1 + rnd.Int64N(300))
		}
		chunks := cut(line, gop, keys, o)

		fail := func(what string) {
			t.Helper()
			t.Errorf("%v s at %v, GOP %d, %d keys, %+v: %s: %d chunks, the first %+v, the last %+v",
				length, rate, gop, len(keys), o, what, len(chunks), chunks[0], chunks[len(chunks)-1])
		}
		if len(chunks) == 0 || len(chunks) > plan.MaxChunks {
			t.Fatalf("%d chunks", len(chunks))
		}
		last := chunks[len(chunks)-1]
		if last.End != 0 || last.Frames() != 0 {
			fail("the last chunk must be open-ended")
		}
		if len(chunks) == 1 {
			if last != (plan.Chunk{}) {
				fail("a whole must be the zero chunk")
			}
			continue
		}
		many++
		n := chunks[0].Frames()
		next := int64(0)
		for i, c := range chunks {
			if c.Index != i || c.First != next || c.First%gop != 0 {
				fail("a gap, an overlap or a border off the GOP")
			}
			if i < len(chunks)-1 && c.Frames() != n {
				fail("unequal lengths")
			}
			next = c.End
			checkSeek(t, c, line, keys)
		}
		noKey := line.Rate.Frames(sourceGOP) // where none follows, no chunk begins
		if rest := line.Frames - last.First; 2*rest < n || 2*rest > 3*n+2*noKey {
			fail("the last chunk must be half to one and a half of the others")
		}
		if len(chunks)%o.Slots == 0 {
			even++
		}
		if line.Duration.Less(seconds(120)) {
			fail("too short to cut")
		}
	}
	t.Logf("%d of 200 are cut, %d of them evenly for the pool", many, even)
	if many < 100 || even < many/3 {
		t.Errorf("%d of 200 are cut, %d of them evenly for the pool", many, even)
	}
}

// checkSeek says whether decoding from c.Seek surely delivers c's first frame.
func checkSeek(t *testing.T, c plan.Chunk, line plan.Timeline, keys []media.Key) {
	t.Helper()
	begin := line.Rate.FrameTime(c.First).Minus(media.Timestamp{Rational: line.Rate.Inv().Div(media.NewRational(2, 1))})
	// Key frames at or after the seek and early enough for the first frame.
	from := sort.Search(len(keys), func(i int) bool { return !keys[i].DTS.Less(c.Seek) })
	to := sort.Search(len(keys), func(i int) bool { return begin.Less(keys[i].PTS) })
	usable := to - from
	switch {
	case c.First == 0 && c.Seek.Sign() != 0:
		t.Errorf("%+v: the first chunk must not seek", c)
	case c.Seek.Sign() < 0:
		t.Errorf("%+v: negative seek", c)
	case c.Seek.Sign() > 0 && usable != 2:
		t.Errorf("%+v: %d key frames to begin from, want 2", c, usable)
	}
}

// A plan is a payload: with the most chunks it must stay under 256 KB.
func TestCutSize(t *testing.T) {
	line := grid(media.Rate(30000, 1001), 90_000)
	chunks := cut(line, 90, every(media.Millis(1999), media.Millis(83), line.Duration), plan.Options{Slots: 7})
	b, err := json.Marshal(chunks)
	if err != nil {
		t.Fatal(err)
	}
	if len(chunks) < 1400 || len(b) > 200_000 {
		t.Errorf("%d chunks are %d bytes", len(chunks), len(b))
	}
	for _, most := range []int64{1, 2, 50} {
		if got := plan.Cut(line, 90, every(seconds(2), media.Timestamp{}, line.Duration), plan.Options{Slots: 7}.WithDefaults(), most); int64(len(got)) > most {
			t.Errorf("%d chunks, want at most %d", len(got), most)
		}
	}
}

func BenchmarkCut(b *testing.B) {
	line := grid(media.Rate(30000, 1001), 7200)
	keys := every(seconds(2), media.Timestamp{}, line.Duration)
	o := plan.Options{Slots: 16}.WithDefaults()
	for b.Loop() {
		_ = plan.Cut(line, 90, keys, o, plan.MaxChunks)
	}
}
