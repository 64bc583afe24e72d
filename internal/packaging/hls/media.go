// Package hls writes and reads HTTP Live Streaming playlists, version 3:
// transport stream segments, one media playlist per variant, one master.
//
//	list, err := hls.ParseSegmentList(text) // what ffmpeg's segmenter wrote
//	…                                       // rename segments, fill in their sizes
//	media := hls.MediaPlaylist(list)
//	peak, average := hls.Bandwidth(list)
//	master := hls.Master([]hls.Variant{{URI: "400k.m3u8", PeakBandwidth: peak, AverageBandwidth: average, …}})
//
// Bytes in, bytes out: files are the caller's, and so is the order in which
// they become visible. Byte ranges, encryption and fragmented MP4 are not
// written yet.
package hls

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	"github.com/Eyevinn/hls-m3u8/m3u8"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
)

// MediaSegment is one segment of a variant.
type MediaSegment struct {
	URI      string          // as written into the playlist; see [RelativeURI]
	Duration media.Timestamp // seconds, positive
	Bytes    int64           // size of the file; 0 = not known yet
}

// extinfDigits is how many digits of a second EXTINF has: microseconds, as
// Elastic Transcoder wrote them.
const extinfDigits = 6

// MediaPlaylist returns the complete playlist of one variant: every segment,
// in order, and the end mark.
//
// Source: the tags of real Elastic Transcoder playlists (VERSION 3,
// MEDIA-SEQUENCE 0, ALLOW-CACHE YES, TARGETDURATION, EXTINF, ENDLIST), with
// PLAYLIST-TYPE added for players that ask for it before they allow seeking.
// Their order differs, which RFC 8216 leaves free.
func MediaPlaylist(segments []MediaSegment) []byte {
	p, err := m3u8.NewMediaPlaylist(0, uint(max(1, len(segments))))
	if err != nil {
		panic("hls: " + err.Error()) // only for a window above the capacity
	}
	allow := true
	p.AllowCache = &allow
	p.MediaType = m3u8.VOD
	p.SetWritePrecision(extinfDigits)
	p.SetTargetDuration(uint(targetDuration(segments)))
	for _, s := range segments {
		// The library keeps seconds in a float; six digits survive that.
		if err := p.Append(s.URI, seconds(s.Duration), ""); err != nil {
			panic("hls: " + err.Error()) // only when full, and it has room for all
		}
	}
	p.Close()
	return p.Encode().Bytes()
}

// targetDuration returns the longest segment in whole seconds, rounded up.
// Source: RFC 8216, 4.3.3.1; Elastic Transcoder's 11.308056 gave 12.
func targetDuration(segments []MediaSegment) int64 {
	var longest media.Timestamp
	for _, s := range segments {
		if longest.Less(s.Duration) {
			longest = s.Duration
		}
	}
	return max(1, longest.CeilSeconds())
}

// maxList bounds what ParseSegmentList reads: a day of one-second segments is
// some 4 MB.
const maxList = 16 << 20

// ParseSegmentList reads the complete media playlist that ffmpeg's hls muxer
// wrote beside its segments: their names and durations, to the microsecond.
// Bytes is 0: the list does not tell. An error has kind Internal: the list is
// ffmpeg's work, and one that is malformed, empty or lacks its end mark means
// that it did not finish.
func ParseSegmentList(text []byte) (segments []MediaSegment, err error) {
	defer func() {
		if p := recover(); p != nil { // the library trusts some attributes
			segments, err = nil, badList(fmt.Errorf("%v", p))
		}
	}()
	if len(text) > maxList {
		return nil, badList(fmt.Errorf("%d bytes", len(text)))
	}
	p, kind, err := m3u8.DecodeFrom(bytes.NewReader(text), true)
	if err != nil {
		return nil, badList(err)
	}
	list, ok := p.(*m3u8.MediaPlaylist)
	switch {
	case !ok || kind != m3u8.MEDIA:
		return nil, badList(errors.New("not a media playlist"))
	case !list.Closed:
		return nil, badList(errors.New("no end mark"))
	case list.Count() == 0:
		return nil, badList(errors.New("no segments"))
	}
	for _, s := range list.GetAllSegments() {
		// A day is far beyond any segment, and keeps the number below exact.
		if !(s.Duration >= 0 && s.Duration < 86400) || s.URI == "" {
			return nil, badList(fmt.Errorf("segment %q of %v seconds", s.URI, s.Duration))
		}
		segments = append(segments, MediaSegment{URI: s.URI, Duration: media.Seconds(int64(math.Round(s.Duration*1e6)), 1e6)})
	}
	return segments, nil
}

func badList(err error) error { return fault.Wrap(err, "hls.ParseSegmentList", fault.Internal) }
