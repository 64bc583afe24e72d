package plan

import (
	"fmt"
	"strings"

	"github.com/everframe/everframe/internal/media"
)

// The extensions the service appends to a playlist's Name.
// Source: ET guide, "Playlists:Name".
var playlistExtensions = map[string]string{"HLSv3": ".m3u8"}

// File returns the key of an output that is one file: exactly prefix and key,
// no extension added. Source: ET guide, "Outputs:Key".
func (o Output) File() string { return o.Key }

// SegmentKey returns the key of segment n (from 0) of a segmented output:
// "Key00000.ts". Source: ET guide; real files.
func (o Output) SegmentKey(n int) string { return fmt.Sprintf("%s%05d.ts", o.Key, n) }

// PlaylistKey returns the key of a segmented output's own playlist: "Key.m3u8".
func (o Output) PlaylistKey() string { return o.Key + ".m3u8" }

// FirstKeys returns the keys that tell whether something stands in the way of
// an output before it is made, in the order they are checked: the first file
// and the playlist, or the one file.
// Source: real 3002 errors name the first segment.
func (o Output) FirstKeys() []media.Ref {
	if !o.Segmented() {
		return []media.Ref{{Bucket: o.Bucket, Key: o.File()}}
	}
	return []media.Ref{{Bucket: o.Bucket, Key: o.SegmentKey(0)}, {Bucket: o.Bucket, Key: o.PlaylistKey()}}
}

// Key returns the key of still n (from 1).
func (t Thumbnails) Key(n int64) string {
	return strings.ReplaceAll(t.Pattern, "{count}", fmt.Sprintf("%05d", n))
}
