package hls

import (
	"strings"

	"github.com/Eyevinn/hls-m3u8/m3u8"

	"github.com/everframe/everframe/internal/media"
)

// Variant is one entry of a master playlist.
type Variant struct {
	URI              string          // of the media playlist, as written; see [RelativeURI]
	PeakBandwidth    media.BitRate   // as [Bandwidth] measured it
	AverageBandwidth media.BitRate   // likewise; 0 is left out
	Codecs           []string        // RFC 6381: "avc1.42001e", "mp4a.40.2"; none is left out
	Size             media.Size      // of the picture; zero for sound only
	FrameRate        media.FrameRate // unknown is left out; ignored for sound only
}

// Master returns the master playlist of variants, in the order given: players
// begin with the first.
//
// Source: RFC 8216, 4.3.4.2; PROGRAM-ID as Elastic Transcoder wrote it. Every
// segment of ours begins with a key frame, hence INDEPENDENT-SEGMENTS.
func Master(variants []Variant) []byte {
	p := m3u8.NewMasterPlaylist()
	p.SetIndependentSegments(true)
	p.SetWritePrecision(3) // of FRAME-RATE: RFC 8216, 4.3.4.2, rounds it so
	program := 1
	for _, v := range variants {
		params := m3u8.VariantParams{
			Bandwidth:        uint32(min(v.PeakBandwidth, 1<<32-1)),
			AverageBandwidth: uint32(min(v.AverageBandwidth, 1<<32-1)),
			Codecs:           strings.Join(v.Codecs, ","),
			ProgramId:        &program,
		}
		if v.Size.Valid() {
			params.Resolution = v.Size.String()
			params.FrameRate = seconds(media.Timestamp(v.FrameRate))
		}
		p.Append(v.URI, nil, params)
	}
	return p.Encode().Bytes()
}

// seconds returns t for the library, which has no other numbers than floats.
func seconds(t media.Timestamp) float64 {
	if !t.Known() {
		return 0
	}
	return float64(t.Num) / float64(t.Den)
}

// Bandwidth measures a variant: the largest and the average bit rate of its
// segments, whole files counted, rounded up. Without a duration both are 0.
//
// The peak is taken over every run of neighbouring segments that lasts between
// half and one and a half target durations, as RFC 8216, 4.1, defines it: one
// short segment, such as the last, says nothing alone. A variant shorter than
// half a target duration is its own peak.
func Bandwidth(segments []MediaSegment) (peak, average media.BitRate) {
	target := targetDuration(segments)
	low, high := media.Seconds(target, 2), media.Seconds(3*target, 2)
	var bytes int64
	var length media.Timestamp
	for i, s := range segments {
		bytes, length = bytes+s.Bytes, length.Plus(s.Duration)
		var run int64
		var lasts media.Timestamp
		for _, next := range segments[i:] {
			run, lasts = run+next.Bytes, lasts.Plus(next.Duration)
			if high.Less(lasts) {
				break
			}
			if !lasts.Less(low) {
				peak = max(peak, bitRate(run, lasts))
			}
		}
	}
	average = bitRate(bytes, length)
	return max(peak, average), average
}

func bitRate(bytes int64, length media.Timestamp) media.BitRate {
	if length.Sign() <= 0 {
		return 0
	}
	return media.BitRate(media.NewRational(bytes, 1).MulInt(8).Div(length.Rational).Ceil())
}
