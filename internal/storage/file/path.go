package file

import (
	"encoding/hex"
	"strings"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
)

const (
	reserved   = ".everframe-"    // names beginning so are the store's own
	escapeMark = reserved + "x"   // + hex of a segment the file system cannot hold
	tempDir    = reserved + "tmp" // unfinished objects of a bucket, at its top
	maxSegment = 255              // bytes; NAME_MAX of the file systems in use
)

// pathOf maps a key to a path relative to its bucket. Segments are kept as
// they are, but for "", ".", "..", any with a NUL and any beginning with
// ".everframe-": those become ".everframe-x" and their bytes in hex. No plain
// segment begins so, hence the mapping is injective, and no path has a segment
// that could climb out of the bucket. A segment too long for the file system
// is Invalid.
func pathOf(op string, ref media.Ref) (string, error) {
	if err := storage.CheckRef(op, ref); err != nil {
		return "", err
	}
	segments := strings.Split(ref.Key, "/")
	for i, s := range segments {
		segments[i] = escape(s)
		if len(segments[i]) > maxSegment {
			return "", storage.BadName(op, ref, "a part between slashes is too long")
		}
	}
	return strings.Join(segments, "/"), nil
}

func escape(segment string) string {
	switch {
	case segment == "", segment == ".", segment == "..",
		strings.Contains(segment, "\x00"), strings.HasPrefix(segment, reserved):
		return escapeMark + hex.EncodeToString([]byte(segment))
	}
	return segment
}

// unescape is the inverse of escape. It reports false for names that are no
// segment's: the store's own and what others put there under a reserved name.
func unescape(name string) (segment string, ok bool) {
	if !strings.HasPrefix(name, reserved) {
		return name, true
	}
	digits, ok := strings.CutPrefix(name, escapeMark)
	if !ok {
		return "", false
	}
	b, err := hex.DecodeString(digits)
	if err != nil || escape(string(b)) != name { // upper-case digits, needless escapes
		return "", false
	}
	return string(b), true
}
