package hls

import (
	"fmt"
	"strings"
)

// RelativeURI returns the reference that leads from one object to another of
// the same bucket, as a playlist stored at key from names the object at key
// to: relative, so that the set can be moved, and percent-encoded, so that any
// key can be named. Keys are S3 keys: parts between slashes, compared byte by
// byte. A part of exactly "." or ".." cannot be expressed in a URI; players
// will fold it.
//
// Everything but letters, digits and "-._~" is encoded. That includes "+",
// which some servers take for a space, and ":", which would begin a scheme.
// Source: RFC 3986, 2.3 and 4.2.
func RelativeURI(from, to string) string {
	here, there := strings.Split(from, "/"), strings.Split(to, "/")
	here = here[:len(here)-1] // its folder
	common := 0
	for common < len(here) && common < len(there)-1 && here[common] == there[common] {
		common++
	}
	var b strings.Builder
	b.WriteString(strings.Repeat("../", len(here)-common))
	for i, part := range there[common:] {
		if i > 0 {
			b.WriteByte('/')
		} else if part == "" && b.Len() == 0 {
			b.WriteString("./") // else it would begin with a slash, at the root
		}
		escape(&b, part)
	}
	return b.String()
}

func escape(b *strings.Builder, part string) {
	for i := range len(part) {
		c := part[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(b, "%%%02X", c)
		}
	}
}
