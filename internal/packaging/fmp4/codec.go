package fmp4

import (
	"fmt"

	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/everframe/everframe/internal/media"
)

// describe fills what the sample description says. A description this package
// cannot read leaves it empty: the samples are counted all the same.
func describe(t *Track, stsd []byte) {
	entries, err := sampleEntries(stsd)
	if err != nil || len(entries) == 0 {
		return
	}
	entry := entries[0]
	b := entry.body
	if t.Kind == "vide" && len(b) >= 28 { // the fixed part: ISO/IEC 14496-12, VisualSampleEntry
		t.Size = media.Size{Width: int(b[24])<<8 | int(b[25]), Height: int(b[26])<<8 | int(b[27])}
	}
	t.Codec = CodecString(entry.raw)
}

// sampleEntries splits an stsd box.
func sampleEntries(stsd []byte) ([]box, error) {
	boxes, err := children(stsd)
	if err != nil || len(boxes) != 1 || len(boxes[0].body) < 8 {
		return nil, fmt.Errorf("stsd cannot be read")
	}
	return children(boxes[0].body[8:]) // behind version, flags and count
}

// CodecString returns the codec of one sample entry (avc1, mp4a, … with its
// head) as RFC 6381 writes it: "avc1.4d401f" for H.264 with profile,
// constraints and level in hexadecimal, "mp4a.40.2" for AAC-LC, "mp4a.40.34"
// or "mp4a.6b" for MP3. Of other codecs it returns the four-letter name alone,
// and "" for an entry that cannot be read.
func CodecString(entry []byte) string {
	boxes, err := children(entry)
	if err != nil || len(boxes) != 1 {
		return ""
	}
	kind := boxes[0].kind
	switch kind {
	case "avc1", "avc3":
		return avcString(boxes[0])
	case "mp4a":
		return mp4aString(boxes[0])
	}
	for _, c := range kind {
		if c < ' ' || c > '~' || c == '"' || c == ',' {
			return ""
		}
	}
	return kind
}

// avcString reads the decoder configuration record: version, profile,
// constraints, level. Source: ISO/IEC 14496-15, 5.3.3.1.
func avcString(entry box) string {
	const fixed = 78 // of a VisualSampleEntry
	avcC, ok := inside(entry, fixed, "avcC")
	if !ok || len(avcC.body) < 4 || avcC.body[0] != 1 {
		return ""
	}
	return fmt.Sprintf("%s.%02x%02x%02x", entry.kind, avcC.body[1], avcC.body[2], avcC.body[3])
}

func mp4aString(entry box) string {
	const fixed = 28 // of an AudioSampleEntry
	raw, ok := inside(entry, fixed, "esds")
	if !ok {
		return ""
	}
	esds, err := decode[*mp4.EsdsBox](raw.raw)
	if err != nil || esds.DecConfigDescriptor == nil {
		return ""
	}
	config := esds.DecConfigDescriptor
	const mpeg4Audio = 0x40
	if config.ObjectType != mpeg4Audio {
		return fmt.Sprintf("mp4a.%02x", config.ObjectType)
	}
	if config.DecSpecificInfo == nil || len(config.DecSpecificInfo.DecConfig) < 2 {
		return ""
	}
	// AudioSpecificConfig begins with five bits of object type; 31 means that
	// six more follow. Source: ISO/IEC 14496-3, 1.6.2.1.
	c := config.DecSpecificInfo.DecConfig
	object := int(c[0] >> 3)
	if object == 31 {
		object = 32 + (int(c[0]&7)<<3 | int(c[1]>>5))
	}
	return fmt.Sprintf("mp4a.40.%d", object)
}

// inside finds a box behind the fixed part of a sample entry.
func inside(entry box, fixed int, kind string) (box, bool) {
	if len(entry.body) < fixed {
		return box{}, false
	}
	boxes, err := children(entry.body[fixed:])
	if err != nil {
		return box{}, false
	}
	for _, b := range boxes {
		if b.kind == kind {
			return b, true
		}
	}
	return box{}, false
}
