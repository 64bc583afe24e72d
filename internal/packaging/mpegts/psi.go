package mpegts

import (
	"fmt"
	"slices"
)

// HeadSize is how much of a segment's beginning [FixPSI] needs at most.
const HeadSize = 64 * PacketSize

// FixPSI puts the tables at the head of a segment into the order HLS wants:
// PAT, PMT, then the others (ffmpeg begins with the SDT). It changes b, the
// segment or a beginning of it in whole packets, in place; only packets in
// front of the first one with media are moved, and those of one PID keep their
// order, so continuity counters stay right. A segment in order is left as is.
// An error has kind BadInput: b is no transport stream, or media comes before
// the tables; b is then unchanged.
//
// Source: RFC 8216, 3.2: a segment's first two packets should be a PAT and a
// PMT.
func FixPSI(b []byte) error {
	const op = "mpegts.FixPSI"
	if len(b)%PacketSize != 0 {
		return broken(op, fmt.Errorf("%d bytes are no whole packets", len(b)))
	}
	pmt := map[uint16]bool{}
	head := 0 // packets in front of the media
	var order []int
	var tables sections
	for n := range len(b) / PacketSize {
		p, err := packetAt(b, n)
		if err != nil {
			return broken(op, err)
		}
		pid := p.pid()
		if pid > lastPSI && pid != nullPID && !pmt[pid] {
			break
		}
		if pid == patPID {
			for _, s := range tables.add(p) {
				for _, program := range parsePAT(s) {
					pmt[program] = true
				}
			}
		}
		head++
	}
	// The ranks are known only when the PAT has been seen: a PMT in front of
	// it ends the head above, which is right, for nobody could have found it.
	var seenPMT bool
	for n := range head {
		p := packet(b[n*PacketSize:])
		seenPMT = seenPMT || pmt[p.pid()]
		order = append(order, n)
	}
	if !seenPMT {
		return broken(op, fmt.Errorf("no PAT and PMT in front of the media"))
	}
	rank := func(n int) int {
		switch pid := packet(b[n*PacketSize:]).pid(); {
		case pid == patPID:
			return 0
		case pmt[pid]:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(order, func(x, y int) int { return rank(x) - rank(y) })
	sorted := make([]byte, 0, head*PacketSize)
	for _, n := range order {
		sorted = append(sorted, b[n*PacketSize:(n+1)*PacketSize]...)
	}
	copy(b, sorted)
	return nil
}

// sections collects the table sections of one PID, which may be longer than a
// packet.
type sections struct {
	buf []byte
}

// maxSection is the longest section of PSI. Source: ISO/IEC 13818-1, 2.4.4.
const maxSection = 1024

// add takes the PID's next packet and returns the sections it completed.
func (s *sections) add(p packet) (complete [][]byte) {
	data := p.payload()
	if p.unitStart() {
		s.buf = s.buf[:0]
		if len(data) == 0 || int(data[0])+1 > len(data) {
			return nil
		}
		data = data[1+int(data[0]):] // behind the rest of the section before
	} else if len(s.buf) == 0 {
		return nil // the beginning was missed
	}
	s.buf = append(s.buf, data...)
	for len(s.buf) >= 3 && s.buf[0] != 0xff { // 0xff: stuffing
		n := 3 + int(s.buf[1]&0x0f)<<8 + int(s.buf[2])
		if n > maxSection {
			s.buf = s.buf[:0]
			return complete
		}
		if n > len(s.buf) {
			return complete
		}
		complete = append(complete, slices.Clone(s.buf[:n]))
		s.buf = s.buf[n:]
	}
	s.buf = s.buf[:0]
	return complete
}

// parsePAT returns the PIDs of the program map tables.
func parsePAT(s []byte) (pids []uint16) {
	const table, fixed, crc = 0x00, 8, 4
	if len(s) < fixed+crc || s[0] != table {
		return nil
	}
	for e := s[fixed : len(s)-crc]; len(e) >= 4; e = e[4:] {
		if program := uint16(e[0])<<8 | uint16(e[1]); program != 0 { // 0 is the network's table
			pids = append(pids, uint16(e[2]&0x1f)<<8|uint16(e[3]))
		}
	}
	return pids
}

// parsePMT returns the elementary streams of a program.
func parsePMT(s []byte) (streams []Stream) {
	const table, fixed, crc = 0x02, 12, 4
	if len(s) < fixed+crc || s[0] != table {
		return nil
	}
	info := int(s[10]&0x0f)<<8 | int(s[11])
	if fixed+info > len(s)-crc {
		return nil
	}
	for e := s[fixed+info : len(s)-crc]; len(e) >= 5; {
		streams = append(streams, Stream{Type: e[0], PID: uint16(e[1]&0x1f)<<8 | uint16(e[2]), FirstPTS: Unknown, LastPTS: Unknown})
		n := 5 + int(e[3]&0x0f)<<8 + int(e[4])
		if n > len(e) {
			break
		}
		e = e[n:]
	}
	return streams
}
