package mpegts

import (
	"errors"
	"fmt"
	"io"
)

// Unknown is a time stamp that was not found.
const Unknown = -1

// Info is what a segment holds.
type Info struct {
	Packets  int64
	PSIFirst bool     // the first packets are PAT, then PMT
	Streams  []Stream // as the PMT lists them

	// CounterErrors counts packets that are lost or repeated by their
	// continuity counters.
	CounterErrors int

	// PCRGap is the longest time between two program clock references, in
	// ticks of 27 MHz; 0 with fewer than two. Players want at most 100 ms.
	PCRGap int64
}

// Stream is one elementary stream of a segment. Times are in ticks of 90 kHz
// as written, modulo 2^33; [Unknown] when there are none.
type Stream struct {
	PID      uint16
	Type     byte  // stream_type: 0x1b H.264, 0x0f AAC, 0x03/0x04 MPEG audio, …
	Units    int64 // PES packets: for ffmpeg's video, frames
	FirstPTS int64 // of the first PES packet
	LastPTS  int64 // the largest

	// Key tells of video whether its first picture is one decoding can begin
	// with (an IDR, for H.264); it is true for sound.
	Key bool
}

// Video tells whether s is video by its stream type.
func (s Stream) Video() bool {
	switch s.Type {
	case 0x01, 0x02, 0x10, 0x1b, 0x24:
		return true
	}
	return false
}

// Video returns the first video stream, or false.
func (i Info) Video() (Stream, bool) {
	for _, s := range i.Streams {
		if s.Video() {
			return s, true
		}
	}
	return Stream{}, false
}

// FirstPTS returns the smallest first time stamp of all streams, or [Unknown].
func (i Info) FirstPTS() int64 {
	first := int64(Unknown)
	for _, s := range i.Streams {
		if s.FirstPTS != Unknown && (first == Unknown || s.FirstPTS < first) {
			first = s.FirstPTS
		}
	}
	return first
}

// Scan reads a segment to its end, one packet at a time. An error has kind
// BadInput when the segment is no transport stream, is not made of whole
// packets or has no PAT and PMT; errors of r are returned as they are.
func Scan(r io.Reader) (Info, error) {
	s := scanner{counters: map[uint16]byte{}, pmt: map[uint16]*sections{}, streams: map[uint16]*stream{}, lastPCR: Unknown}
	buf := make([]byte, 256*PacketSize)
	for {
		n, err := io.ReadFull(r, buf)
		for i := range n / PacketSize {
			p, err := packetAt(buf, i)
			if err != nil {
				return Info{}, broken("mpegts.Scan", fmt.Errorf("after %d packets: %w", s.info.Packets, err))
			}
			s.packet(p)
		}
		switch {
		case err == nil:
		case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			return Info{}, err
		case n%PacketSize != 0:
			return Info{}, broken("mpegts.Scan", fmt.Errorf("ends with %d bytes of a packet", n%PacketSize))
		case len(s.order) == 0:
			return Info{}, broken("mpegts.Scan", errors.New("no program"))
		default:
			return s.end(), nil
		}
	}
}

type scanner struct {
	info     Info
	counters map[uint16]byte // the last one of each PID
	pat      sections
	pmt      map[uint16]*sections
	streams  map[uint16]*stream
	order    []uint16 // PIDs of streams as the PMT lists them
	lastPCR  int64
}

// stream is a Stream while it is read.
type stream struct {
	Stream
	first []byte // the beginning of the first picture, while undecided
	done  bool   // Key is decided
}

func (s *scanner) packet(p packet) {
	pid := p.pid()
	s.info.Packets++
	s.leads(pid)
	if pid == nullPID {
		return
	}
	s.count(p)
	if pcr, ok := p.pcr(); ok {
		if gap := pcr - s.lastPCR; s.lastPCR != Unknown && gap > s.info.PCRGap {
			s.info.PCRGap = gap
		}
		s.lastPCR = pcr
	}
	switch {
	case pid == patPID:
		for _, section := range s.pat.add(p) {
			for _, pmt := range parsePAT(section) {
				if s.pmt[pmt] == nil {
					s.pmt[pmt] = new(sections)
				}
			}
		}
	case s.pmt[pid] != nil:
		for _, section := range s.pmt[pid].add(p) {
			for _, found := range parsePMT(section) {
				if s.streams[found.PID] == nil {
					s.streams[found.PID] = &stream{Stream: found}
					s.order = append(s.order, found.PID)
				}
			}
		}
	case s.streams[pid] != nil:
		s.streams[pid].packet(p)
	}
}

// leads looks at the first two packets: they must be PAT and PMT.
func (s *scanner) leads(pid uint16) {
	switch s.info.Packets {
	case 1:
		s.info.PSIFirst = pid == patPID
	case 2:
		s.info.PSIFirst = s.info.PSIFirst && s.pmt[pid] != nil
	}
}

// count checks a continuity counter: one more in every packet with a payload,
// the same in one without; one repetition of a packet is allowed.
func (s *scanner) count(p packet) {
	last, seen := s.counters[p.pid()]
	now := p.counter()
	s.counters[p.pid()] = now
	want := last
	if p.hasPayload() {
		want = (last + 1) & 0x0f
	}
	if seen && now != want && now != last && !p.discontinuity() {
		s.info.CounterErrors++
	}
}

func (s *scanner) end() Info {
	for _, pid := range s.order {
		t := s.streams[pid]
		if !t.done {
			t.Key = !t.Video() || startsWithKey(t.Type, t.first)
		}
		s.info.Streams = append(s.info.Streams, t.Stream)
	}
	return s.info
}

// packet takes the stream's next packet.
func (t *stream) packet(p packet) {
	data := p.payload()
	if p.unitStart() {
		t.Units++
		pts, body := parsePES(data)
		if t.Units == 1 {
			t.FirstPTS = pts
		}
		t.LastPTS = max(t.LastPTS, pts)
		data = body
	}
	if t.done || !t.Video() {
		return
	}
	// Enough to find the first slice: only tables and messages come before.
	const enough = 64 << 10
	if t.Units == 1 && len(t.first) < enough {
		t.first = append(t.first, data...)
		if p.unitStart() && !knownPictures(t.Type) {
			t.Key, t.done, t.first = p.randomAccess(), true, nil
		}
		return
	}
	t.Key, t.done, t.first = startsWithKey(t.Type, t.first), true, nil
}

// parsePES returns the presentation time of a PES packet, or Unknown, and what
// follows its header. Source: ISO/IEC 13818-1, 2.4.3.6.
func parsePES(b []byte) (pts int64, body []byte) {
	if len(b) < 9 || b[0] != 0 || b[1] != 0 || b[2] != 1 {
		return Unknown, nil
	}
	header := 9 + int(b[8])
	if header > len(b) {
		return Unknown, nil
	}
	pts = Unknown
	if b[7]&0x80 != 0 && header >= 14 {
		t := b[9:14]
		pts = int64(t[0]>>1&7)<<30 | int64(t[1])<<22 | int64(t[2]>>1)<<15 | int64(t[3])<<7 | int64(t[4]>>1)
	}
	return pts, b[header:]
}
