package fmp4

import (
	"bytes"
	"fmt"

	"github.com/Eyevinn/mp4ff/mp4"
)

// maxTicks bounds every sum of durations, so that sums of two never overflow.
const maxTicks = 1 << 61

// track is what a moov box says of one track.
type track struct {
	id        uint32
	handler   string // "vide", "soun", …
	timescale uint32 // ticks per second
	duration  uint64 // of the media in ticks; 0 in a fragmented file
	stsd      []byte // the whole box
	trex      []byte // the whole box; nil in a progressive file
	edits     []mp4.ElstEntry
	samples   uint64 // in the sample tables, not in fragments
	ticks     uint64 // sum of their durations
	bytes     uint64 // sum of their sizes where they are listed
}

// defaults returns the track's values for what a fragment leaves out.
func (t track) defaults() (*mp4.TrexBox, error) {
	if t.trex == nil {
		return nil, fmt.Errorf("track %d has no trex box", t.id)
	}
	return decode[*mp4.TrexBox](t.trex)
}

// parseMoov reads the tracks of a moov box, in file order. Only what this
// package needs is read; everything else is passed over unseen.
func parseMoov(moov box) (tracks []track, length bool, err error) {
	boxes, err := children(moov.body)
	if err != nil {
		return nil, false, fmt.Errorf("moov: %w", err)
	}
	trex := map[uint32][]byte{}
	for _, b := range boxes {
		switch b.kind {
		case "trak":
			t, err := parseTrak(b)
			if err != nil {
				return nil, false, fmt.Errorf("trak: %w", err)
			}
			tracks = append(tracks, t)
		case "mvex":
			inner, err := children(b.body)
			if err != nil {
				return nil, false, fmt.Errorf("mvex: %w", err)
			}
			for _, b := range inner {
				switch b.kind {
				case "mehd":
					length = true
				case "trex":
					x, err := decode[*mp4.TrexBox](b.raw)
					if err != nil {
						return nil, false, fmt.Errorf("trex: %w", err)
					}
					trex[x.TrackID] = b.raw
				}
			}
		}
	}
	for i := range tracks {
		tracks[i].trex = trex[tracks[i].id]
	}
	return tracks, length, nil
}

func parseTrak(trak box) (t track, err error) {
	err = walk(trak, func(b box) (err error) {
		switch b.kind {
		case "tkhd":
			var x *mp4.TkhdBox
			if x, err = decode[*mp4.TkhdBox](b.raw); err == nil {
				t.id = x.TrackID
			}
		case "mdhd":
			var x *mp4.MdhdBox
			if x, err = decode[*mp4.MdhdBox](b.raw); err == nil {
				t.timescale, t.duration = x.Timescale, x.Duration
			}
		case "hdlr":
			if len(b.body) < 12 {
				return fmt.Errorf("hdlr of %d bytes", len(b.body))
			}
			t.handler = string(b.body[8:12])
		case "elst":
			var x *mp4.ElstBox
			if x, err = decode[*mp4.ElstBox](b.raw); err == nil {
				t.edits = x.Entries
			}
		case "stsd":
			t.stsd = bytes.Clone(b.raw)
		case "stts":
			var x *mp4.SttsBox
			if x, err = decode[*mp4.SttsBox](b.raw); err == nil {
				for i, n := range x.SampleCount {
					t.samples += uint64(n)
					ticks := uint64(n) * uint64(x.SampleTimeDelta[i])
					if t.ticks += ticks; max(ticks, t.ticks) > maxTicks {
						return fmt.Errorf("durations do not fit")
					}
				}
			}
		case "stsz":
			var x *mp4.StszBox
			if x, err = decode[*mp4.StszBox](b.raw); err == nil {
				// A uniform size is not added up: QuickTime says 1 for
				// compressed sound, counting what decoding will give.
				for _, n := range x.SampleSize {
					t.bytes += uint64(n)
				}
			}
		}
		return err
	})
	switch {
	case err != nil:
		return t, err
	case t.id == 0 || t.timescale == 0 || t.stsd == nil:
		return t, fmt.Errorf("track %d lacks its header, time scale or sample description", t.id)
	}
	return t, nil
}

// walk calls visit for every leaf below b, going down only into the containers
// a track has.
func walk(b box, visit func(box) error) error {
	switch b.kind {
	case "trak", "edts", "mdia", "minf", "stbl":
	default:
		if err := visit(b); err != nil {
			return fmt.Errorf("%s: %w", b.kind, err)
		}
		return nil
	}
	inner, err := children(b.body)
	if err != nil {
		return fmt.Errorf("%s: %w", b.kind, err)
	}
	for _, c := range inner {
		if err := walk(c, visit); err != nil {
			return err
		}
	}
	return nil
}
