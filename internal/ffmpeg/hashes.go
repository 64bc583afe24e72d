package ffmpeg

import (
	"strconv"
	"strings"
)

// BorderHashes are the hashes of the frames at a chunk's borders: its own first
// frame, and the frame after its last, which is the next chunk's first. Empty
// where the chunk has no neighbour, or where no such frame came.
//
// A border is exact when the Next of one chunk equals the First of the one
// after it and neither is empty.
type BorderHashes struct {
	First string `json:",omitempty"`
	Next  string `json:",omitempty"`
}

// ParseHashes reads the frame hashes that [Encode] wrote for s. Lines it does
// not know are passed over: a hash that is missing shows as an empty one.
func ParseHashes(s EncodeStep, text string) BorderHashes {
	var b BorderHashes
	for line := range strings.Lines(text) {
		// stream, dts, pts, duration, size, hash
		fields := strings.Split(line, ",")
		if len(fields) != 6 {
			continue
		}
		// The frame's number in the chunk tells which border it is at. Its
		// place in the list does not: the other one may be missing.
		n, err := strconv.ParseInt(strings.TrimSpace(fields[2]), 10, 64)
		if err != nil {
			continue
		}
		hash := strings.TrimSpace(fields[5])
		switch {
		case n == 0 && s.Chunk.First > 0:
			b.First = hash
		case n == s.Chunk.Frames() && s.Chunk.End > 0:
			b.Next = hash
		}
	}
	return b
}
