package fmp4

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
)

// ErrMismatch is in the chain of the error when a chunk is sound but does not
// continue the ones before it: another sample description, time scale or edit
// list. Encoding again gives the same; the way out is to encode in one pass.
var ErrMismatch = errors.New("chunks do not belong together")

// Report says what was joined.
type Report struct {
	Samples   int64  // frames of video
	Duration  int64  // sum of the samples' durations, in ticks
	Timescale uint32 // ticks per second
	Fragments int
}

// Length returns the report's duration in seconds.
func (r Report) Length() media.Timestamp { return media.Seconds(r.Duration, int64(r.Timescale)) }

// Joiner writes one fragmented MP4 file from chunks given in order.
type Joiner struct {
	w     io.Writer
	first track // of the first chunk that had samples
	total Report
}

// NewJoiner returns a Joiner that writes to w. The caller closes w.
func NewJoiner(w io.Writer) *Joiner { return &Joiner{w: w} }

// Join joins chunks in order; see [Joiner.Add] for what they must be.
func Join(w io.Writer, chunks []io.ReadSeeker) (Report, error) {
	j := NewJoiner(w)
	for _, c := range chunks {
		if _, err := j.Add(c); err != nil {
			return Report{}, err
		}
	}
	return j.Report()
}

// Add appends one chunk: a fragmented MP4 file of one track, as ffmpeg writes
// it with -movflags frag_keyframe+delay_moov+default_base_moof, whose time
// begins at zero. The chunk's decoding times continue those before it. A chunk
// without samples adds nothing; the caller compares Samples with its plan.
//
// The first chunk's header becomes the file's: later chunks must have the same
// sample description, byte for byte, the same time scale and the same edit
// list. One difference is made good: a chunk of fewer frames than the encoder
// reorders has a shorter delay in its edit list, and its presentation times
// are shifted by the difference, which is what one pass would have written.
//
// Errors are of kind Internal, for chunks are this service's own work: with
// [ErrMismatch] in the chain when the chunk does not fit, without when it is
// damaged. A fault of the reader or writer keeps its kind. After an error the Joiner and what it wrote are of no use.
func (j *Joiner) Add(chunk io.ReadSeeker) (Report, error) {
	c := joining{j: j}
	if err := topBoxes(chunk, func(h header) error { return c.box(chunk, h) }); err != nil {
		return Report{}, wrap(err, "fmp4.Join", fault.Internal)
	}
	if c.pending != nil {
		return Report{}, wrap(fmt.Errorf("the last fragment has no data"), "fmp4.Join", fault.Internal)
	}
	if c.init == nil {
		return Report{}, wrap(fmt.Errorf("the chunk has no moov box"), "fmp4.Join", fault.Internal)
	}
	j.total.Samples += c.report.Samples
	j.total.Duration += c.report.Duration
	j.total.Fragments += c.report.Fragments
	return c.report, nil
}

// Report returns what has been joined so far. With no sample written there is
// no file, which is an error of kind Internal.
func (j *Joiner) Report() (Report, error) {
	if j.total.Samples == 0 {
		return Report{}, wrap(fmt.Errorf("no chunk has a sample"), "fmp4.Join", fault.Internal)
	}
	return j.total, nil
}

// wrap gives err a kind unless it has one: a reader that lost its storage knows
// better than what is decided here.
func wrap(err error, op string, kind fault.Kind) error {
	var known *fault.Error
	if errors.As(err, &known) {
		kind = known.Kind
	}
	return fault.Wrap(err, op, kind)
}

// joining is the state of one Add.
type joining struct {
	j       *Joiner
	init    []byte // ftyp and moov as read
	track   track
	shift   int64 // added to presentation times; see Add
	pending *fragment
	report  Report // of this chunk
}

// box takes the chunk's next top-level box. Indexes (mfra, sidx) and padding
// are dropped: their offsets are wrong in the joined file.
func (c *joining) box(r io.ReadSeeker, h header) error {
	if c.pending != nil && h.kind != "mdat" {
		return fmt.Errorf("box %q between a fragment and its data", h.kind)
	}
	switch h.kind {
	case "ftyp", "moov":
		raw, err := load(r, h, maxMoov)
		if err != nil {
			return err
		}
		c.init = append(c.init, raw...)
		if h.kind == "moov" {
			return c.moov(whole(raw, h))
		}
	case "moof":
		raw, err := load(r, h, maxMoof)
		if err != nil {
			return err
		}
		return c.moof(whole(raw, h))
	case "mdat":
		return c.mdat(r, h)
	}
	return nil
}

func (c *joining) moov(b box) error {
	tracks, length, err := parseMoov(b)
	switch {
	case err != nil:
		return err
	case c.track.id != 0:
		return fmt.Errorf("two moov boxes")
	case len(tracks) != 1:
		return fmt.Errorf("%d tracks, want 1", len(tracks))
	case tracks[0].samples > 0:
		return fmt.Errorf("samples outside of fragments")
	case length:
		// The header of the joined file would tell the first chunk's length.
		return fmt.Errorf("the header tells the file's length (mehd): %w", ErrMismatch)
	}
	c.track = tracks[0]
	c.report.Timescale = c.track.timescale
	return nil
}

func (c *joining) moof(b box) error {
	if c.track.id == 0 {
		return fmt.Errorf("a fragment before the moov box")
	}
	f, err := parseFragment(b, c.track)
	if err != nil {
		return err
	}
	if got := f.moof.Traf.Tfdt.BaseMediaDecodeTime(); got != uint64(c.report.Duration) {
		// A gap or overlap inside a chunk would be copied into the result.
		return fmt.Errorf("fragment %d begins at tick %d, want %d", c.report.Fragments+1, got, c.report.Duration)
	}
	if c.report.Fragments == 0 {
		if err := c.begin(); err != nil {
			return err
		}
	}
	number, start := c.j.total.Fragments+c.report.Fragments+1, c.j.total.Duration+c.report.Duration
	if f.ticks > maxTicks || start > maxTicks || number > math.MaxInt32 {
		return fmt.Errorf("times or fragments do not fit")
	}
	if err := f.move(uint32(number), uint64(start), c.shift); err != nil {
		return err
	}
	c.report.Fragments++
	c.report.Samples += f.samples
	c.report.Duration += int64(f.ticks)
	c.pending = &f
	return nil
}

// begin compares the chunk with the first one, or makes it the first.
func (c *joining) begin() error {
	delay, err := delayOf(c.track)
	if err != nil {
		return err
	}
	first := c.j.first
	if first.id == 0 {
		c.j.first, c.j.total.Timescale = c.track, c.track.timescale
		_, err := c.j.w.Write(c.init)
		return err
	}
	firstDelay, err := delayOf(first)
	switch {
	case err != nil:
		return err
	case c.track.timescale != first.timescale:
		return fmt.Errorf("time scale %d, the first chunk has %d: %w", c.track.timescale, first.timescale, ErrMismatch)
	case c.track.id != first.id || !bytes.Equal(c.track.trex, first.trex):
		return fmt.Errorf("sample defaults differ from the first chunk's: %w", ErrMismatch)
	case !bytes.Equal(c.track.stsd, first.stsd):
		return fmt.Errorf("sample description differs from the first chunk's: %w", ErrMismatch)
	case delay > firstDelay:
		return fmt.Errorf("edit list skips %d ticks, the first chunk's %d: %w", delay, firstDelay, ErrMismatch)
	}
	c.shift = firstDelay - delay
	return nil
}

// delayOf returns the media time at which the presentation of t begins: how
// long a decoder must run ahead where frames are reordered.
func delayOf(t track) (int64, error) {
	switch {
	case len(t.edits) == 0:
		return 0, nil
	case len(t.edits) > 1 || t.edits[0].MediaTime < 0 || t.edits[0].SegmentDuration != 0 || t.edits[0].MediaRateInteger != 1:
		// Silence before the picture, or a length that ends with the chunk.
		return 0, fmt.Errorf("edit list %v does more than skip the decoder's delay: %w", t.edits, ErrMismatch)
	}
	return t.edits[0].MediaTime, nil
}

// mdat writes the fragment and copies its data.
func (c *joining) mdat(r io.ReadSeeker, h header) error {
	f := c.pending
	c.pending = nil
	if f == nil {
		if h.size == h.head {
			return nil // an empty one outside of any fragment
		}
		return fmt.Errorf("data without a fragment at %d", h.start)
	}
	if f.payload > f.size+h.size || f.samples > 0 && f.payload < f.size+h.head {
		return fmt.Errorf("samples reach %d bytes behind the fragment's start, data %d", f.payload, f.size+h.size)
	}
	if err := f.write(c.j.w); err != nil {
		return err
	}
	if _, err := r.Seek(h.start, io.SeekStart); err != nil {
		return err
	}
	if n, err := io.CopyN(c.j.w, r, h.size); err != nil {
		return fmt.Errorf("data at %d: %d of %d bytes copied: %w", h.start, n, h.size, err)
	}
	return nil
}
