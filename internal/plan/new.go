package plan

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// New plans a job. find returns the preset of an id (custom ones included);
// sources are the probed inputs in request order, with Keys loaded for those
// that are to be cut.
//
// An output or playlist that cannot be made is refused in the plan and the
// rest goes on, as Elastic Transcoder did. New itself fails, with
// fault.Invalid, only for what no valid request contains.
func New(req job.Request, find func(job.ID) (presets.Preset, bool), sources []media.Source, o Options) (Plan, error) {
	o = o.withDefaults()
	if len(sources) == 0 || len(sources) != len(req.AllInputs()) {
		return Plan{}, fault.New("plan.New", fault.Invalid, 0, "The job has %d inputs, of which %d were read.", len(req.AllInputs()), len(sources))
	}
	source, err := override(sources[0], req.AllInputs()[0])
	if err != nil {
		return Plan{}, err
	}
	b := builder{options: o, source: source, prefix: req.OutputKeyPrefix, protected: protectedKeys(req)}
	for i, out := range req.AllOutputs() {
		id := strconv.Itoa(i + 1)
		err := b.notYet(req.AllInputs(), out)
		if err == nil {
			preset, ok := find(out.PresetID)
			if !ok {
				return Plan{}, fault.New("plan.New", fault.Invalid, 0, "The specified preset was not found: presetId=%s", out.PresetID)
			}
			err = b.add(id, out, preset)
		}
		if err != nil {
			b.plan.Refused = append(b.plan.Refused, refusal(err, Refusal{Output: id}))
		}
	}
	b.adopt()
	for i := range b.plan.Groups {
		g := &b.plan.Groups[i]
		g.ID = strconv.Itoa(i + 1)
		if len(g.Renditions) > 0 {
			g.Chunks = cut(g.Timeline, int64(g.Renditions[0].GOP), b.source.Keys, o, int64(maxChunks/len(b.plan.Groups)))
			setThreads(g)
		}
	}
	b.playlists(req)
	b.plan.Schema = Schema
	return b.plan, nil
}

// builder collects outputs into groups.
type builder struct {
	options   Options
	source    media.Source
	prefix    string
	protected map[string]bool
	plan      Plan
	loose     []pending // outputs without a picture, until a group takes them
}

// pending is an output on its way into a group.
type pending struct {
	output    Output
	rendition *Rendition
	track     *Track
}

// add plans one output and puts it into the group it shares decoding with.
func (b *builder) add(id string, out job.Output, preset presets.Preset) error {
	p := pending{output: Output{
		ID:        id,
		Container: media.Container(preset.Container),
		Key:       b.prefix + out.Key,
		Bucket:    b.options.ContentBucket,
	}}
	if err := checkContainer(preset); err != nil {
		return err
	}
	if err := b.checkStreams(preset); err != nil {
		return err
	}
	if preset.Container == string(media.TSContainer) && out.SegmentDuration != "" {
		length, err := media.ParseTimestamp(out.SegmentDuration)
		if err != nil || length.Sign() <= 0 {
			return invalid("SegmentDuration", out.SegmentDuration)
		}
		p.output.Segment = length
	}
	if preset.Audio != nil && b.source.HasAudio() {
		t, warnings, err := track(*preset.Audio, b.source.Audio[0])
		if err != nil {
			return err
		}
		p.track, p.output.Warnings = t, warnings
	}
	if preset.Video == nil {
		if p.track == nil {
			return mismatch("The preset has no video and turns audio off, so the output would be empty.")
		}
		b.loose = append(b.loose, p)
		return nil
	}

	v := *b.source.Video
	r, err := rendition(*preset.Video, out.Rotate, v)
	if err != nil {
		return err
	}
	p.rendition = &r
	time := timeline(b.source, outputRate(preset.Video.FrameRate, preset.Video.MaxFrameRate, v))
	pattern := ""
	if out.ThumbnailPattern != nil && *out.ThumbnailPattern != "" {
		pattern = b.prefix + *out.ThumbnailPattern
	}
	p.output.Thumbnails, err = thumbnails(preset.Thumbnails, pattern, b.options.ThumbnailBucket, r, time)
	if err != nil {
		return err
	}
	b.group(time, r.GOP).put(p)
	return nil
}

// checkStreams applies the rules for inputs that lack what a preset encodes.
// An output whose preset has both may go on without sound, but not without a
// picture. Source: ET guide, error 4008 and "Audio:Channels" (no audio in, no
// audio out); docs/compatibility.md.
func (b *builder) checkStreams(preset presets.Preset) error {
	switch {
	case preset.Video != nil && !b.source.HasVideo():
		return mismatch("The preset has video settings, but the input has no video.")
	case preset.Video == nil && !b.source.HasAudio():
		return mismatch("The preset has audio settings, but the input has no audio.")
	}
	return nil
}

// group returns the group of outputs on that frame grid, a new one if there is
// none yet. Outputs with another GOP are a group of their own, because cuts lie
// on GOP borders.
func (b *builder) group(time Timeline, gop int) *Group {
	for i := range b.plan.Groups {
		g := &b.plan.Groups[i]
		if len(g.Renditions) > 0 && g.Timeline.Rate == time.Rate && g.Renditions[0].GOP == gop {
			return g
		}
	}
	v := *b.source.Video
	in := b.input()
	in.VideoStream = v.Index
	in.Deinterlace = v.Interlaced()
	b.plan.Groups = append(b.plan.Groups, Group{Input: in, Timeline: time})
	return &b.plan.Groups[len(b.plan.Groups)-1]
}

func (b *builder) input() Input {
	in := Input{Ref: b.source.Ref, Bytes: b.source.Bytes, ETag: b.source.ETag, Start: b.source.Start}
	if b.source.HasAudio() {
		in.AudioStream, in.Channels = b.source.Audio[0].Index, b.source.Audio[0].Channels
	}
	return in
}

// adopt gives the outputs that are sound only to the first group, which reads
// the same file, or makes one for them.
func (b *builder) adopt() {
	if len(b.loose) == 0 {
		return
	}
	if len(b.plan.Groups) == 0 {
		b.plan.Groups = append(b.plan.Groups, Group{Input: b.input()})
	}
	for _, p := range b.loose {
		b.plan.Groups[0].put(p)
	}
}

// put adds an output to g, sharing its rendition and track with those that
// want just the same.
func (g *Group) put(p pending) {
	if p.rendition != nil {
		p.output.Rendition = g.shareRendition(*p.rendition)
	}
	if p.track != nil {
		p.output.Track = g.shareTrack(*p.track)
	}
	g.Outputs = append(g.Outputs, p.output)
}

func (g *Group) shareRendition(r Rendition) string {
	for _, have := range g.Renditions {
		r.ID = have.ID
		if have == r {
			return r.ID
		}
	}
	r.ID = fmt.Sprintf("v%d", len(g.Renditions)+1)
	g.Renditions = append(g.Renditions, r)
	return r.ID
}

func (g *Group) shareTrack(t Track) string {
	for _, have := range g.Tracks {
		t.ID = have.ID
		if have == t {
			return t.ID
		}
	}
	t.ID = fmt.Sprintf("a%d", len(g.Tracks)+1)
	g.Tracks = append(g.Tracks, t)
	return t.ID
}

// setThreads gives each encoder of a group that is cut one thread: the chunks
// keep the cores busy, and threads of one encoder only wait for one another.
// An uncut group uses every core.
func setThreads(g *Group) {
	if len(g.Chunks) < 2 {
		return
	}
	for i := range g.Renditions {
		g.Renditions[i].Threads = 1
	}
}

func (b *builder) playlists(req job.Request) {
	for i, p := range req.Playlists {
		ext, ok := playlistExtensions[p.Format]
		if !ok {
			b.plan.Refused = append(b.plan.Refused, refusal(unsupported("playlists of format '%s'", p.Format), Refusal{Playlist: i}))
			continue
		}
		if protects(p) {
			b.plan.Refused = append(b.plan.Refused, refusal(unsupported("playlists with content protection"), Refusal{Playlist: i}))
			continue
		}
		out := Playlist{Index: i, Format: p.Format, Key: b.prefix + p.Name + ext, Bucket: b.options.ContentBucket}
		for _, key := range p.OutputKeys {
			j := slices.IndexFunc(req.AllOutputs(), func(o job.Output) bool { return o.Key == key })
			if j >= 0 { // validation has seen to that
				out.Outputs = append(out.Outputs, strconv.Itoa(j+1))
			}
		}
		b.plan.Playlists = append(b.plan.Playlists, out)
	}
	for _, r := range b.plan.Refused {
		b.plan.refuseDependents(r.Output)
	}
}

func refusal(err error, r Refusal) Refusal {
	r.Kind, r.Code, r.Text = fault.KindOf(err).String(), fault.CodeOf(err), fault.Text(err)
	return r
}
