package fmp4

import (
	"bytes"
	"fmt"
	"io"
	"math"

	"github.com/Eyevinn/mp4ff/mp4"
)

// fragment is one moof box of one track, with the place of its sample data.
type fragment struct {
	moof    *mp4.MoofBox
	size    int64 // of the moof box as read
	samples int64
	ticks   uint64 // sum of the samples' durations
	payload int64  // bytes of mdat the samples need, counted from the moof's start
}

// moofParts are the boxes a fragment of ours may hold. Anything else (sample
// encryption, groups) would have to be understood to be joined rightly.
var moofParts = map[string]bool{"mfhd": true, "traf": true, "tfhd": true, "tfdt": true, "trun": true}

// parseFragment reads a moof box that must hold one track fragment, of track
// t, whose data offsets count from the moof's start.
func parseFragment(b box, t track) (fragment, error) {
	if err := onlyParts(b); err != nil {
		return fragment{}, err
	}
	moof, err := decode[*mp4.MoofBox](b.raw)
	if err != nil {
		return fragment{}, err
	}
	f := fragment{moof: moof, size: int64(len(b.raw))}
	switch {
	case moof.Mfhd == nil || len(moof.Trafs) != 1:
		return f, fmt.Errorf("moof has %d track fragments, want 1 and a header", len(moof.Trafs))
	case moof.Traf.Tfhd == nil || moof.Traf.Tfdt == nil:
		return f, fmt.Errorf("track fragment has no tfhd or no tfdt")
	case moof.Traf.Tfhd.TrackID != t.id:
		return f, fmt.Errorf("fragment of track %d, want %d", moof.Traf.Tfhd.TrackID, t.id)
	case moof.Traf.Tfhd.HasBaseDataOffset() || !moof.Traf.Tfhd.DefaultBaseIfMoof():
		return f, fmt.Errorf("data offsets do not count from the moof")
	}
	trex, err := t.defaults()
	if err != nil {
		return f, err
	}
	for _, trun := range moof.Traf.Truns {
		if !trun.HasDataOffset() || int64(trun.DataOffset) < f.size {
			return f, fmt.Errorf("data offset is missing or points into the moof")
		}
		end := int64(trun.DataOffset)
		duration, size := sampleDefaults(moof.Traf.Tfhd, trex)
		for _, s := range trun.Samples {
			if trun.HasSampleDuration() {
				duration = s.Dur
			}
			if trun.HasSampleSize() {
				size = s.Size
			}
			f.ticks += uint64(duration)
			end += int64(size)
		}
		f.samples += int64(len(trun.Samples))
		f.payload = max(f.payload, end)
	}
	return f, nil
}

func onlyParts(b box) error {
	inner, err := children(b.body)
	if err != nil {
		return fmt.Errorf("%s: %w", b.kind, err)
	}
	for _, c := range inner {
		if !moofParts[c.kind] || (b.kind == "traf") == (c.kind == "mfhd" || c.kind == "traf") {
			return fmt.Errorf("box %q in a %s is not known", c.kind, b.kind)
		}
		if c.kind == "traf" {
			if err := onlyParts(c); err != nil {
				return err
			}
		}
	}
	return nil
}

func sampleDefaults(tfhd *mp4.TfhdBox, trex *mp4.TrexBox) (duration, size uint32) {
	duration, size = trex.DefaultSampleDuration, trex.DefaultSampleSize
	if tfhd.HasDefaultSampleDuration() {
		duration = tfhd.DefaultSampleDuration
	}
	if tfhd.HasDefaultSampleSize() {
		size = tfhd.DefaultSampleSize
	}
	return duration, size
}

// move gives the fragment its place in the joined file: its number, its
// decoding time, and shift ticks on every sample's presentation time.
func (f *fragment) move(number uint32, decodeTime uint64, shift int64) error {
	f.moof.Mfhd.SequenceNumber = number
	f.moof.Traf.Tfdt.SetBaseMediaDecodeTime(decodeTime)
	// The library writes the short form whenever it can; we keep the 64-bit
	// form ffmpeg chose, so that all fragments of a file have one shape.
	f.moof.Traf.Tfdt.Version = 1
	for _, trun := range f.moof.Traf.Truns {
		if shift == 0 {
			break
		}
		trun.Flags |= mp4.TrunSampleCompositionTimeOffsetPresentFlag
		for i := range trun.Samples {
			offset := int64(trun.Samples[i].CompositionTimeOffset) + shift
			if offset < 0 || offset > math.MaxInt32 {
				return fmt.Errorf("presentation time shifted by %d ticks does not fit", shift)
			}
			trun.Samples[i].CompositionTimeOffset = int32(offset)
		}
	}
	// The moof may have grown; its data moved by as much.
	grown := int64(f.moof.Size()) - f.size
	for _, trun := range f.moof.Traf.Truns {
		offset := int64(trun.DataOffset) + grown
		if offset > math.MaxInt32 {
			return fmt.Errorf("data offset %d does not fit", offset)
		}
		trun.DataOffset = int32(offset)
	}
	return nil
}

// write writes the moof box.
func (f *fragment) write(w io.Writer) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("fragment cannot be written: %v", p)
		}
	}()
	var buf bytes.Buffer
	if err := f.moof.Encode(&buf); err != nil {
		return err
	}
	_, err = w.Write(buf.Bytes())
	return err
}
