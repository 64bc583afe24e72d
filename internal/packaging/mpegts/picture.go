package mpegts

import "bytes"

// knownPictures tells whether [startsWithKey] understands a stream type; of
// others the multiplexer's own random access flag is believed.
func knownPictures(streamType byte) bool {
	switch streamType {
	case 0x01, 0x02, 0x1b, 0x24:
		return true
	}
	return false
}

// startsWithKey tells whether the first picture in b, elementary video with
// start codes, is one that decoding can begin with.
func startsWithKey(streamType byte, b []byte) bool {
	for {
		at := bytes.Index(b, []byte{0, 0, 1})
		if at < 0 || at+3 >= len(b) {
			return false
		}
		b = b[at+3:]
		switch streamType {
		case 0x1b: // H.264: ISO/IEC 14496-10, table 7-1
			switch b[0] & 0x1f {
			case 5:
				return true
			case 1, 2:
				return false
			}
		case 0x24: // HEVC: ISO/IEC 23008-2, table 7-1
			switch kind := b[0] >> 1 & 0x3f; {
			case kind >= 16 && kind <= 21:
				return true
			case kind < 32:
				return false
			}
		default: // MPEG-1 and -2: ISO/IEC 13818-2, 6.2.3
			if b[0] == 0 {
				const intra = 1
				return len(b) > 2 && b[2]>>3&7 == intra
			}
		}
	}
}
