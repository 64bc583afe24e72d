// Package plan decides what a job does. [New] turns a request, its presets and
// what probing found into a [Plan]: which pictures to encode at which size and
// rate, where to cut, what sound to make, which names to write. All policy
// lives here, and nothing else does: the package is pure, so the same input
// gives the same plan byte for byte, and a plan can be printed, compared and
// kept in a workflow's history.
//
// A plan does not hold commands (package ffmpeg makes them from it), local
// paths or anything a machine decides.
package plan

import (
	"slices"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
)

// Schema is the version of the plan's JSON form. Recorded plans of every older
// schema must still decode (testdata/schema-*.json).
//
//	1 2026-11-21: first.
const Schema = 1

// Plan is everything a job will do. Its JSON form is recorded in the job's
// history; fields are only ever added.
type Plan struct {
	Schema    int
	Groups    []Group    // independent of one another
	Playlists []Playlist // in request order
	Refused   []Refusal  `json:",omitempty"` // outputs and playlists that cannot be made
}

// Group is a set of outputs made from one source on one time line: they share
// the decoding, the cuts and every encode two of them want alike.
type Group struct {
	ID         string // "1", "2", …: unique in the plan
	Input      Input
	Timeline   Timeline
	Renditions []Rendition `json:",omitempty"` // distinct pictures
	Tracks     []Track     `json:",omitempty"` // distinct sounds
	Chunks     []Chunk     `json:",omitempty"` // cuts of every rendition; empty without renditions
	Outputs    []Output
}

// Input is what a group reads.
type Input struct {
	Source      int             // the input's number in the request, from 0
	Ref         media.Ref       // the file
	Bytes       int64           // its size, and
	ETag        string          // its version: both are part of every chunk's name
	Start       media.Timestamp // the file's own start time
	VideoStream int             // stream index; meaningful with renditions
	AudioStream int             // stream index; meaningful with tracks
	Channels    int             // of that stream; 0 = unknown
	Deinterlace bool            `json:",omitempty"` // frames hold two fields and the output must not
}

// Timeline is the output frame grid of a group: frame n begins n/Rate seconds
// after the source's start. It is the zero value for a group without pictures.
type Timeline struct {
	Rate     media.FrameRate
	Duration media.Timestamp // of the source; unknown when nothing says
	Frames   int64           // expected in all; 0 = unknown
}

// Chunk is a cut of a time line. The last chunk is open-ended: it runs to
// wherever the source ends.
type Chunk struct {
	Index int
	First int64           // its first frame on the grid
	End   int64           // the frame after its last; 0 = open-ended
	Seek  media.Timestamp // decoding time, from the file's start, to seek to; 0 = from the beginning
}

// Frames returns how many frames c must have, or 0 when only the end of the
// source decides.
func (c Chunk) Frames() int64 {
	if c.End == 0 {
		return 0
	}
	return c.End - c.First
}

// Rendition is one picture to encode.
type Rendition struct {
	ID          string // "v1", "v2", … in the group
	Codec       media.Codec
	Profile     string `json:",omitempty"` // "baseline", "main", "high"; "" = the encoder's choice
	Level       string `json:",omitempty"` // "3.1", "1b"; "" = the encoder's choice
	References  int    `json:",omitempty"` // reference frames, exactly; 0 = the encoder's choice
	BFrames     int    // consecutive B-frames at most
	GOP         int    // frames between key frames: exactly with FixedGOP, else at most
	FixedGOP    bool
	BitRate     media.BitRate `json:",omitempty"` // average to aim at; 0 = Quality decides
	MaxBitRate  media.BitRate `json:",omitempty"` // of the decoder's buffer model; 0 = none
	BufferBits  int64         `json:",omitempty"` // its size in bits; with MaxBitRate
	Quality     int           `json:",omitempty"` // constant quality (x264 CRF); with BitRate 0
	Effort      string        // the encoder's speed preset, e.g. "medium"
	Threads     int           // per process; 0 = as many as there are cores
	PixelFormat string
	Turn        int `json:",omitempty"` // clockwise degrees beyond the file's own rotation: 90, 180, 270
	Picture     Picture
}

// Picture is how a frame is fitted: scale, then cut, then pad.
type Picture struct {
	Scale  media.Size     // after scaling
	Crop   media.Size     // kept of it, centred; equals Scale when nothing is cut
	Frame  media.Size     // after padding, centred; equals Crop without bars
	Aspect media.Rational // display aspect ratio to signal; unknown = square pixels
}

// Track is one sound to encode, whole: audio is never cut.
type Track struct {
	ID         string // "a1", "a2", … in the group
	Codec      media.Codec
	Profile    string `json:",omitempty"` // "AAC-LC"
	BitRate    media.BitRate
	SampleRate int    // Hz
	Channels   int    // 1 … 8
	Layout     string // ffmpeg's channel layout name for Channels
}

// Output is one output of the request: what it is made of and what it writes.
type Output struct {
	ID         string // the API's: "1", "2", …
	Container  media.Container
	Rendition  string          `json:",omitempty"` // "" = no picture
	Track      string          `json:",omitempty"` // "" = no sound
	Key        string          // full key: prefix and key
	Bucket     string          // where it is written
	Segment    media.Timestamp // length of a segment to aim at; 0 = not segmented
	Thumbnails *Thumbnails     `json:",omitempty"`
	Warnings   []string        `json:",omitempty"` // sentences for StatusDetail
}

// Segmented reports whether the output is cut into segments with a playlist.
func (o Output) Segmented() bool { return o.Segment.Sign() > 0 }

// Thumbnails are stills taken from an output's picture.
type Thumbnails struct {
	Bucket   string
	Pattern  string          // full key, {resolution} replaced; {count} counts from 00001; with extension
	Format   string          // "jpg" or "png"
	Interval media.Timestamp // between stills
	Picture  Picture
	Count    int64 // expected, or one fewer with KeyOnly; 0 = unknown
	KeyOnly  bool  // the picture's key frames are close enough to take stills from them alone
}

// Playlist is a manifest over several outputs.
type Playlist struct {
	Index   int // in the request, from 0
	Format  string
	Key     string // full key of the manifest, with extension
	Bucket  string
	Outputs []string // output ids in the order the customer listed them
}

// Refusal says why an output or a playlist cannot be made. The others go on.
type Refusal struct {
	Output   string     `json:",omitempty"` // output id; "" when it is a playlist
	Playlist int        // index of the playlist when Output is ""
	Kind     string     // fault kind
	Code     fault.Code // public code
	Text     string     // the customer's sentence
}

// Rendition returns the group's rendition of that id.
func (g Group) Rendition(id string) (Rendition, bool) {
	for _, r := range g.Renditions {
		if r.ID == id {
			return r, true
		}
	}
	return Rendition{}, false
}

// Track returns the group's track of that id.
func (g Group) Track(id string) (Track, bool) {
	for _, t := range g.Tracks {
		if t.ID == id {
			return t, true
		}
	}
	return Track{}, false
}

// Outputs returns the outputs of all groups.
func (p Plan) Outputs() []Output {
	var all []Output
	for _, g := range p.Groups {
		all = append(all, g.Outputs...)
	}
	return all
}

// Refuse takes an output out of the plan because of err. What only it needed
// goes, too, and the playlists that list it are refused (1001).
func (p *Plan) Refuse(output string, err error) {
	for i := range p.Groups {
		p.Groups[i].drop(output)
	}
	p.Groups = slices.DeleteFunc(p.Groups, func(g Group) bool { return len(g.Outputs) == 0 })
	p.Refused = append(p.Refused, refusal(err, Refusal{Output: output}))
	p.refuseDependents(output)
}

// refuseDependents refuses the playlists that list an output.
func (p *Plan) refuseDependents(output string) {
	p.Playlists = slices.DeleteFunc(p.Playlists, func(l Playlist) bool {
		if output == "" || !slices.Contains(l.Outputs, output) {
			return false
		}
		err := fault.New("plan", fault.Dependency, 0, "%s", fault.DependencyError.Text())
		p.Refused = append(p.Refused, refusal(err, Refusal{Playlist: l.Index}))
		return true
	})
}

// drop removes an output and the encodes no other output uses.
func (g *Group) drop(output string) {
	g.Outputs = slices.DeleteFunc(g.Outputs, func(o Output) bool { return o.ID == output })
	g.Renditions = slices.DeleteFunc(g.Renditions, func(r Rendition) bool {
		return !slices.ContainsFunc(g.Outputs, func(o Output) bool { return o.Rendition == r.ID })
	})
	g.Tracks = slices.DeleteFunc(g.Tracks, func(t Track) bool {
		return !slices.ContainsFunc(g.Outputs, func(o Output) bool { return o.Track == t.ID })
	})
	if len(g.Renditions) == 0 {
		g.Chunks = nil
	}
}
