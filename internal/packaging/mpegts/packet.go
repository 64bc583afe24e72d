// Package mpegts reads and mends MPEG-2 transport streams as far as HTTP Live
// Streaming needs it: the order of the tables at the head of a segment, and
// what a segment begins with.
//
//	head := segment[:min(len(segment), mpegts.HeadSize)]
//	if err := mpegts.FixPSI(head); err != nil { … } // in place
//	info, err := mpegts.Scan(bytes.NewReader(segment))
//	if !info.PSIFirst || !info.Video().Key { … }
//
// Streams are made by ffmpeg; this package never re-multiplexes.
package mpegts

import (
	"fmt"

	"github.com/everframe/everframe/internal/fault"
)

// PacketSize is the size of a transport packet in bytes.
const PacketSize = 188

// PIDs with a fixed meaning. Source: ISO/IEC 13818-1, table 2-3; ETSI EN 300
// 468, table 1.
const (
	patPID  = 0x0000
	lastPSI = 0x001f // NIT, SDT, EIT, … lie between
	nullPID = 0x1fff
)

// packet is one transport packet.
type packet []byte

func (p packet) pid() uint16         { return uint16(p[1]&0x1f)<<8 | uint16(p[2]) }
func (p packet) unitStart() bool     { return p[1]&0x40 != 0 }
func (p packet) hasAdaptation() bool { return p[3]&0x20 != 0 }
func (p packet) hasPayload() bool    { return p[3]&0x10 != 0 }
func (p packet) counter() byte       { return p[3] & 0x0f }

// adaptation returns the adaptation field behind its length byte; nil when
// there is none.
func (p packet) adaptation() []byte {
	if !p.hasAdaptation() {
		return nil
	}
	return p[5:min(PacketSize, 5+int(p[4]))]
}

// payload returns the packet's payload; nil when there is none.
func (p packet) payload() []byte {
	if !p.hasPayload() {
		return nil
	}
	start := 4
	if p.hasAdaptation() {
		start = 5 + int(p[4])
	}
	if start >= PacketSize {
		return nil
	}
	return p[start:]
}

func (p packet) discontinuity() bool {
	a := p.adaptation()
	return len(a) > 0 && a[0]&0x80 != 0
}

func (p packet) randomAccess() bool {
	a := p.adaptation()
	return len(a) > 0 && a[0]&0x40 != 0
}

// pcr returns the program clock reference in ticks of 27 MHz, or false.
func (p packet) pcr() (int64, bool) {
	a := p.adaptation()
	if len(a) < 7 || a[0]&0x10 == 0 {
		return 0, false
	}
	base := int64(a[1])<<25 | int64(a[2])<<17 | int64(a[3])<<9 | int64(a[4])<<1 | int64(a[5])>>7
	return base*300 + int64(a[5]&1)<<8 + int64(a[6]), true
}

// packetAt returns the packet with number n of b, which must begin with the
// sync byte.
func packetAt(b []byte, n int) (packet, error) {
	p := packet(b[n*PacketSize : (n+1)*PacketSize])
	if p[0] != 0x47 {
		return nil, fmt.Errorf("packet %d does not begin with the sync byte", n)
	}
	return p, nil
}

func broken(op string, err error) error { return fault.Wrap(err, op, fault.BadInput) }
