package fmp4

import (
	"fmt"
	"io"

	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
)

// Info is what an MP4 file holds.
type Info struct {
	Fragmented bool
	Fragments  int
	Tracks     []Track // in file order
}

// Track is one track of a file.
type Track struct {
	ID        uint32
	Kind      string     // the handler: "vide", "soun", "sbtl", …
	Codec     string     // as in a playlist's CODECS, see [CodecString]; empty when unknown
	Samples   int64      // frames of video, or packets
	Duration  int64      // sum of the samples' durations, in ticks; edit lists are not applied
	Timescale uint32     // ticks per second
	Size      media.Size // of video, coded; zero otherwise
}

// Length returns the track's duration in seconds.
func (t Track) Length() media.Timestamp { return media.Seconds(t.Duration, int64(t.Timescale)) }

// Video returns the first video track, or false.
func (i Info) Video() (Track, bool) { return i.first("vide") }

// Audio returns the first audio track, or false.
func (i Info) Audio() (Track, bool) { return i.first("soun") }

func (i Info) first(kind string) (Track, bool) {
	for _, t := range i.Tracks {
		if t.Kind == kind {
			return t, true
		}
	}
	return Track{}, false
}

// Inspect reads the headers of a progressive or fragmented MP4 file; sample
// data is passed over. An error has kind BadInput when the file is damaged or
// truncated, which includes sample data that its tables name and the file
// lacks; a caller that wrote the file itself knows better and wraps it.
func Inspect(r io.ReadSeeker) (Info, error) {
	info, err := inspect(r)
	if err != nil {
		return Info{}, wrap(err, "fmp4.Inspect", fault.BadInput)
	}
	return info, nil
}

func inspect(r io.ReadSeeker) (info Info, err error) {
	var tracks []track
	var data, used int64 // bytes in mdat boxes, and named by sample tables
	err = topBoxes(r, func(h header) error {
		switch h.kind {
		case "moov":
			raw, err := load(r, h, maxMoov)
			if err != nil {
				return err
			}
			if tracks != nil {
				return fmt.Errorf("two moov boxes")
			}
			tracks, _, err = parseMoov(whole(raw, h))
			return err
		case "moof":
			raw, err := load(r, h, maxMoof)
			if err != nil {
				return err
			}
			info.Fragments++
			n, err := addFragment(tracks, whole(raw, h))
			used += n
			return err
		case "mdat":
			data += h.size - h.head
		}
		return nil
	})
	if err != nil {
		return Info{}, err
	}
	if len(tracks) == 0 {
		return Info{}, fmt.Errorf("no tracks")
	}
	info.Fragmented = info.Fragments > 0
	for _, t := range tracks {
		if t.ticks > maxTicks {
			return Info{}, fmt.Errorf("track %d: durations do not fit", t.id)
		}
		used += int64(t.bytes)
		out := Track{ID: t.id, Kind: t.handler, Samples: int64(t.samples), Duration: int64(t.ticks), Timescale: t.timescale}
		describe(&out, t.stsd)
		info.Tracks = append(info.Tracks, out)
	}
	if used > data {
		return Info{}, fmt.Errorf("samples of %d bytes, data of %d", used, data)
	}
	return info, nil
}

// addFragment adds the samples of a moof box to their tracks and returns how
// many bytes of data they need.
func addFragment(tracks []track, moof box) (used int64, err error) {
	boxes, err := children(moof.body)
	if err != nil {
		return 0, fmt.Errorf("moof: %w", err)
	}
	for _, b := range boxes {
		if b.kind != "traf" {
			continue
		}
		n, err := addTrackFragment(tracks, b)
		if err != nil {
			return 0, fmt.Errorf("traf: %w", err)
		}
		used += n
	}
	return used, nil
}

func addTrackFragment(tracks []track, traf box) (used int64, err error) {
	parts, err := children(traf.body)
	if err != nil {
		return 0, err
	}
	var t *track
	var duration, size uint32
	for _, b := range parts {
		switch {
		case b.kind == "tfhd":
			tfhd, err := decode[*mp4.TfhdBox](b.raw)
			if err != nil {
				return 0, err
			}
			for i := range tracks {
				if tracks[i].id == tfhd.TrackID {
					t = &tracks[i]
				}
			}
			if t == nil {
				return 0, fmt.Errorf("fragment of track %d, which the file lacks", tfhd.TrackID)
			}
			trex, err := t.defaults()
			if err != nil {
				return 0, err
			}
			duration, size = sampleDefaults(tfhd, trex)
		case b.kind == "trun" && t == nil:
			return 0, fmt.Errorf("trun before tfhd")
		case b.kind == "trun":
			trun, err := decode[*mp4.TrunBox](b.raw)
			if err != nil {
				return 0, err
			}
			for _, s := range trun.Samples {
				d, n := duration, size
				if trun.HasSampleDuration() {
					d = s.Dur
				}
				if trun.HasSampleSize() {
					n = s.Size
				}
				t.ticks += uint64(d)
				used += int64(n)
			}
			t.samples += uint64(len(trun.Samples))
		}
	}
	return used, nil
}
