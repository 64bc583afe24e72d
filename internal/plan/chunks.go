package plan

import (
	"sort"

	"github.com/everframe/everframe/internal/media"
)

// maxChunks bounds a plan's chunks: with them the events of a group's workflow
// (at most 6 a chunk; the server warns at 10,240) and the plan's size, which is
// a payload of the job's (256 KB).
const maxChunks = 1500

// cut divides a time line into at most that many chunks, whose borders lie on
// multiples of gop frames. A source that is short, of unknown length or without
// seek points stays whole: one open-ended chunk.
//
// The number of chunks is about a multiple of the pool's slots, so that they
// end together, unless they would be shorter than half the wished length. Each
// chunk but the last has the same length; the last has between half and one and
// a half times that. No chunk begins after the last key frame: a file may state
// a longer time than it holds.
func cut(t Timeline, gop int64, keys []media.Key, o Options, most int64) []Chunk {
	whole := []Chunk{{}}
	if t.Frames == 0 || len(keys) < 2 || t.Duration.Less(o.WholeBelow) {
		return whole
	}
	longest := max(roundDiv(t.Rate.Frames(o.chunkLength(t, keys)), gop), 1) * gop
	count := ceilDiv(t.Frames, longest)
	halves := max(count, 2*t.Frames/longest) // as many as may be
	count = min(roundUp(count, int64(o.Slots)), halves, most)
	length := max(roundDiv(t.Frames, count*gop), 1) * gop
	if roundDiv(t.Frames, length) > most {
		length = ceilDiv(t.Frames, most*gop) * gop
	}
	count = roundDiv(t.Frames, length)
	for count > 1 && keys[len(keys)-1].PTS.Less(t.Rate.FrameTime((count-1)*length)) {
		count--
	}
	if count < 2 {
		return whole
	}
	chunks := make([]Chunk, count)
	for i := range chunks {
		first := int64(i) * length
		chunks[i] = Chunk{Index: i, First: first, End: first + length, Seek: seek(t.Rate, first, keys)}
	}
	chunks[count-1].End = 0
	return chunks
}

// chunkLength is the operator's wish, but never under ten of the source's GOPs
// when that wish is the default: every chunk decodes up to two GOPs before its
// first frame, for nothing.
func (o Options) chunkLength(t Timeline, keys []media.Key) media.Timestamp {
	if o.ChunkLength.Sign() > 0 {
		return o.ChunkLength
	}
	tenGOPs := media.Timestamp{Rational: t.Duration.Div(media.NewRational(int64(len(keys)), 1)).MulInt(10)}
	if defaultChunkLength.Less(tenGOPs) {
		return tenGOPs
	}
	return defaultChunkLength
}

// seek returns the decoding time to seek to so that the decoder surely delivers
// frame first: that of the key frame before the last one half a frame earlier
// than it. One GOP more than needed, because a seek in a transport stream lands
// anywhere between two key frames, and because an open GOP's leading frames
// need the key frame before.
func seek(rate media.FrameRate, first int64, keys []media.Key) media.Timestamp {
	if first == 0 {
		return media.Timestamp{}
	}
	half := media.Timestamp{Rational: rate.Inv().Div(media.NewRational(2, 1))}
	latest := rate.FrameTime(first).Minus(half)
	j := sort.Search(len(keys), func(i int) bool { return latest.Less(keys[i].PTS) }) - 1
	if j < 1 || keys[j-1].DTS.Sign() <= 0 {
		return media.Timestamp{}
	}
	return keys[j-1].DTS
}

func ceilDiv(a, b int64) int64  { return (a + b - 1) / b }
func roundDiv(a, b int64) int64 { return (a + b/2) / b }
func roundUp(a, to int64) int64 { return ceilDiv(a, to) * to }
