package ffmpeg_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/plan"
)

// head is what ffmpeg writes before the hashes.
const head = `#format: frame checksums
#version: 2
#hash: MD5
#software: Lavf59.27.100
#tb 0: 1001/30000
#media_type 0: video
#codec_id 0: rawvideo
#dimensions 0: 128x72
#sar 0: 1/1
#stream#, dts,        pts, duration,     size, hash
`

func TestParseHashes(t *testing.T) {
	var (
		zero  = "0,          0,          0,        1,    13824, 5f0ad8a1d7e3b4f8c0de2a1b3c4d5e6f\n"
		other = "0,       1800,       1800,        1,    13824, 00112233445566778899aabbccddeeff\n"
		first = "5f0ad8a1d7e3b4f8c0de2a1b3c4d5e6f"
		next  = "00112233445566778899aabbccddeeff"
	)
	tests := []struct {
		name  string
		chunk plan.Chunk
		text  string
		want  ffmpeg.BorderHashes
	}{
		{"first", firstChunk, head + other, ffmpeg.BorderHashes{Next: next}},
		{"middle", middleChunk, head + zero + other, ffmpeg.BorderHashes{First: first, Next: next}},
		{"last", lastChunk, head + zero, ffmpeg.BorderHashes{First: first}},
		{"middle that begins too late", middleChunk, head + other, ffmpeg.BorderHashes{Next: next}},
		{"middle that ends too soon", middleChunk, head + zero, ffmpeg.BorderHashes{First: first}},
		{"first that ends too soon", firstChunk, head, ffmpeg.BorderHashes{}},
		{"another frame than asked for", middleChunk, head + strings.ReplaceAll(other, "1800", "1799"), ffmpeg.BorderHashes{}},
		{"other system's line ends", lastChunk, strings.ReplaceAll(head+zero, "\n", "\r\n"), ffmpeg.BorderHashes{First: first}},
		{"garbage", middleChunk, "0, 0\n,,,,,\n0,0,x,1,1,abc\n\x00", ffmpeg.BorderHashes{}},
		{"nothing", middleChunk, "", ffmpeg.BorderHashes{}},
		{"uncut", plan.Chunk{}, head + zero + other, ffmpeg.BorderHashes{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ffmpeg.ParseHashes(ffmpeg.EncodeStep{Chunk: test.chunk}, test.text)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
