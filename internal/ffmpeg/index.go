package ffmpeg

import (
	"sort"
	"strconv"
	"strings"

	"github.com/everframe/everframe/internal/media"
)

// Packets returns ffprobe's arguments that list a stream's packets, one line
// each, for [Index]. It reads the file, and decodes nothing.
func Packets(path string, stream int) []string {
	return append(inspect(), "-select_streams", strconv.Itoa(stream),
		"-show_entries", "packet=pts_time,dts_time,duration_time,flags", "-of", "csv=p=0", file(path))
}

// maxKeys bounds an index, whatever the file's length. When it is full, every
// second key is dropped: seeking then decodes a little more.
const maxKeys = 4096

// Index collects the seek points of a stream from the lines [Packets] prints.
// The zero value with Start set is ready; its memory does not grow with the
// file. It is not safe for concurrent use.
type Index struct {
	Start media.Timestamp // the file's start time, which times are counted from

	keys    []key
	step    int // keep every step-th key
	seen    int // keys seen
	packets int64
	end     int64 // end of the latest packet, in µs from the start
	known   bool  // whether any packet had a time
}

// key is a [media.Key] in µs on the file's own clock: ffprobe prints no finer
// ones, and a film has millions of packets.
type key struct{ pts, dts int64 }

// Line takes one line: "pts_time,dts_time,duration_time,flags". Others are
// passed over, and packets without a time are only counted.
func (x *Index) Line(line string) {
	fields := strings.SplitN(strings.TrimSpace(line), ",", 5)
	if len(fields) < 4 {
		return
	}
	x.packets++
	pts, shown := micros(fields[0])
	dts, decoded := micros(fields[1])
	switch {
	case !shown && !decoded:
		return
	case !shown: // AVI keeps decoding times only
		pts = dts
	case !decoded:
		dts = pts
	}
	length, _ := micros(fields[2])
	if !x.known || pts+length > x.end {
		x.end, x.known = pts+length, true
	}
	if strings.HasPrefix(fields[3], "K") {
		x.add(key{pts, dts})
	}
}

func (x *Index) add(k key) {
	x.step = max(x.step, 1)
	if x.seen%x.step == 0 {
		if len(x.keys) == maxKeys {
			for i := range maxKeys / 2 {
				x.keys[i] = x.keys[2*i]
			}
			x.keys = x.keys[:maxKeys/2]
			x.step *= 2
		}
		if x.seen%x.step == 0 {
			x.keys = append(x.keys, k)
		}
	}
	x.seen++
}

// Keys returns the seek points from the file's start, ascending by presentation
// time.
func (x *Index) Keys() []media.Key {
	if len(x.keys) == 0 {
		return nil
	}
	keys := make([]media.Key, len(x.keys))
	for i, k := range x.keys {
		keys[i] = media.Key{PTS: x.time(k.pts), DTS: x.time(k.dts)}
	}
	sort.SliceStable(keys, func(i, j int) bool { return keys[i].PTS.Less(keys[j].PTS) })
	return keys
}

// Packets returns how many packets were listed.
func (x *Index) Packets() int64 { return x.packets }

// Duration returns the time from the file's start to the end of the latest
// packet; unknown when none had a time.
func (x *Index) Duration() media.Timestamp {
	if !x.known {
		return media.Timestamp{}
	}
	return x.time(x.end)
}

// time returns a point on the file's clock as time from its start.
func (x *Index) time(us int64) media.Timestamp {
	return media.Seconds(us, 1_000_000).Minus(x.Start)
}

// micros reads seconds with at most six decimals, as ffprobe prints a time, in
// µs. It reports false for anything else, and for more than thirty thousand years.
func micros(s string) (us int64, ok bool) {
	whole, decimals, _ := strings.Cut(s, ".")
	if len(whole) > 12 || len(decimals) > 6 {
		return 0, false
	}
	// One number: "-1", "4" is -1400000. A sign among the decimals is none.
	us, err := strconv.ParseInt(whole+decimals+"000000"[len(decimals):], 10, 64)
	return us, err == nil && whole != "" && whole != "-"
}
