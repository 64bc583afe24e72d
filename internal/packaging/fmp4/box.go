package fmp4

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/Eyevinn/mp4ff/bits"
	"github.com/Eyevinn/mp4ff/mp4"
)

// Boxes are read into memory only up to these sizes. A moov holds the sample
// tables of a whole progressive file (16 MB is about 15 hours of video), a
// moof those of one fragment.
const (
	maxMoov = 64 << 20
	maxMoof = 8 << 20
)

// header is the head of one box: where it lies and how long it is.
type header struct {
	kind  string
	start int64 // of the box, from the start of the file
	head  int64 // 8, or 16 with a 64-bit size
	size  int64 // with its head
}

func (h header) end() int64 { return h.start + h.size }

// topBoxes calls visit for each top-level box of r in file order. The reader's
// position is undefined at the call and may be moved by visit. A box that ends
// behind the end of the file, which r's Seek tells, is an error: the file is
// truncated.
func topBoxes(r io.ReadSeeker, visit func(header) error) error {
	length, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	for at := int64(0); at < length; {
		if _, err := r.Seek(at, io.SeekStart); err != nil {
			return err
		}
		var head [16]byte
		n, err := io.ReadFull(r, head[:min(16, length-at)])
		if n == 0 && err == io.EOF {
			return nil // r, a window onto the file, claims to be longer
		}
		if err != nil && err != io.ErrUnexpectedEOF {
			return fmt.Errorf("box at %d: %w", at, err)
		}
		h, err := parseHeader(head[:n], at, length)
		if err != nil {
			return err
		}
		if err := visit(h); err != nil {
			return err
		}
		at = h.end()
	}
	return nil
}

// parseHeader reads the head of the box that begins at b[0], at start in the
// file, and must not reach behind limit.
func parseHeader(b []byte, start, limit int64) (header, error) {
	if len(b) < 8 {
		return header{}, fmt.Errorf("%d stray bytes at %d", len(b), start)
	}
	h := header{kind: string(b[4:8]), start: start, head: 8, size: int64(binary.BigEndian.Uint32(b))}
	switch h.size {
	case 0: // to the end of what contains it
		h.size = limit - start
	case 1:
		if len(b) < 16 {
			return header{}, fmt.Errorf("box %q at %d is cut short", h.kind, start)
		}
		h.head, h.size = 16, int64(binary.BigEndian.Uint64(b[8:16]))
	}
	if h.size < h.head || h.size > limit-start {
		return header{}, fmt.Errorf("box %q at %d says %d bytes, %d are there", h.kind, start, h.size, limit-start)
	}
	return h, nil
}

// load reads the whole box, head included. It allocates no more than is there.
func load(r io.ReadSeeker, h header, limit int64) ([]byte, error) {
	if h.size > limit {
		return nil, fmt.Errorf("box %q of %d bytes is larger than %d", h.kind, h.size, limit)
	}
	if _, err := r.Seek(h.start, io.SeekStart); err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	if _, err := io.CopyN(&buf, r, h.size); err != nil {
		return nil, fmt.Errorf("box %q at %d: %w", h.kind, h.start, err)
	}
	return buf.Bytes(), nil
}

// box is one box in memory.
type box struct {
	kind string
	raw  []byte // with its head
	body []byte
}

// children splits the body of a container.
func children(body []byte) ([]box, error) {
	var boxes []box
	for at := 0; at < len(body); {
		h, err := parseHeader(body[at:], int64(at), int64(len(body)))
		if err != nil {
			return nil, err
		}
		boxes = append(boxes, box{kind: h.kind, raw: body[at:h.end()], body: body[int64(at)+h.head : h.end()]})
		at = int(h.end())
	}
	return boxes, nil
}

// whole returns a top-level box that was loaded.
func whole(raw []byte, h header) box { return box{kind: h.kind, raw: raw, body: raw[h.head:]} }

// decode lets the library read one box. The library indexes slices by counts
// it finds in the file, so a hostile box may make it panic: that is an error
// of the file here. Only boxes whose counts the library checks against the
// box's size may be given, else a few bytes could ask for gigabytes.
func decode[T mp4.Box](raw []byte) (b T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("box cannot be read: %v", p)
		}
	}()
	got, err := mp4.DecodeBoxSR(0, bits.NewFixedSliceReader(raw))
	if err != nil {
		return b, err
	}
	b, ok := got.(T)
	if !ok {
		return b, fmt.Errorf("box %q is not what was expected", got.Type())
	}
	return b, nil
}
