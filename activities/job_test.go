package activities_test

import (
	"testing"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
)

// ended is what came of a job.
type ended struct {
	source    media.Source
	plan      plan.Plan
	err       error                       // of the job as a whole
	facts     map[string]activities.Facts // of complete outputs, by output id
	stills    map[string]int64            // thumbnails, by output id
	failed    map[string]error            // by output id
	playlists map[int]error               // by index; nil = complete
	chunks    int                         // encoded, or found
	reused    int                         // pieces found
	onePass   int                         // groups whose chunks did not fit
}

var pipeline = job.Pipeline{
	InputBucket: inputs, OutputBucket: outputs,
	ContentConfig:   job.PipelineOutputConfig{Bucket: outputs},
	ThumbnailConfig: job.PipelineOutputConfig{Bucket: outputs},
}

// transcode runs a whole job through the steps in the order of the workflows,
// without Temporal.
func (w *world) transcode(req job.Request) ended {
	w.t.Helper()
	e := ended{facts: map[string]activities.Facts{}, stills: map[string]int64{}, failed: map[string]error{}, playlists: map[int]error{}}
	var sources []media.Source
	for i, in := range req.AllInputs() {
		probed, err := do(w, w.Probe, activities.ProbeInput{Job: jobID, Source: media.Ref{Bucket: inputs, Key: in.Key}, Number: i}, try{})
		if err != nil {
			e.err = err
			return e
		}
		sources = append(sources, probed.Source)
	}
	e.source = sources[0]
	planned, err := do(w, w.Plan, activities.PlanInput{Job: jobID, Request: req, Sources: sources, Pipeline: pipeline}, try{})
	if err != nil {
		e.err = err
		return e
	}
	e.plan = planned.Plan
	for _, r := range e.plan.Refused {
		f := &fault.Error{Kind: fault.ParseKind(r.Kind), Code: r.Code, Text: r.Text}
		if r.Output == "" {
			e.playlists[r.Playlist] = f
		} else {
			e.failed[r.Output] = f
		}
	}
	for _, g := range e.plan.Groups {
		w.group(g, &e)
	}
	for _, p := range e.plan.Playlists {
		in := activities.PackageInput{Job: jobID, Playlist: p}
		var err error
		for _, id := range p.Outputs {
			if e.failed[id] != nil {
				err = &fault.Error{Kind: fault.Dependency}
			}
			in.Variants = append(in.Variants, activities.Variant{Output: output(e.plan, id), Facts: e.facts[id]})
		}
		if err == nil {
			err = run(w, w.Package, in, try{})
		}
		e.playlists[p.Index] = err
	}
	if err := run(w, w.Discard, activities.DiscardInput{Job: jobID}, try{}); err != nil {
		w.t.Error(err)
	}
	if left := w.keys(media.WorkBucket, "jobs/"); len(left) > 0 {
		w.t.Errorf("left of the job: %q", left)
	}
	return e
}

func output(p plan.Plan, id string) plan.Output {
	for _, o := range p.Outputs() {
		if o.ID == id {
			return o
		}
	}
	return plan.Output{}
}

// encoded is what a group's outputs are made of, by rendition or track id.
type encoded struct {
	videos map[string]activities.Piece
	tracks map[string]media.Ref
	failed map[string]error
}

func (w *world) group(g plan.Group, e *ended) {
	w.t.Helper()
	made := w.encode(g, e)
	for _, o := range g.Outputs {
		in, err := made.input(g, o)
		if err == nil {
			err = w.output(in, e)
		}
		if err != nil {
			e.failed[o.ID] = err
		}
	}
}

// encode makes the pictures and sounds of a group.
func (w *world) encode(g plan.Group, e *ended) encoded {
	w.t.Helper()
	made := encoded{videos: map[string]activities.Piece{}, tracks: map[string]media.Ref{}, failed: map[string]error{}}
	for _, t := range g.Tracks {
		out, err := do(w, w.EncodeTrack, activities.EncodeTrackInput{Input: g.Input, Track: t}, try{})
		made.tracks[t.ID], made.failed[t.ID] = out.Ref, err
	}
	if len(g.Renditions) == 0 {
		return made
	}
	seamless := w.video(g, g.Chunks, made, e)
	if !seamless {
		e.onePass++
		w.video(g, []plan.Chunk{{}}, made, e)
	}
	return made
}

// video encodes chunks and joins them. It returns false if they do not fit.
func (w *world) video(g plan.Group, chunks []plan.Chunk, made encoded, e *ended) bool {
	w.t.Helper()
	pieces := make([][]activities.Piece, len(g.Renditions))
	for _, c := range chunks {
		out, err := do(w, w.EncodeChunk, activities.EncodeChunkInput{Input: g.Input, Timeline: g.Timeline, Chunk: c, Renditions: g.Renditions}, try{})
		if err != nil {
			for _, r := range g.Renditions {
				made.failed[r.ID] = err
			}
			return true
		}
		e.chunks++
		for i, p := range out.Pieces {
			pieces[i] = append(pieces[i], p)
			if p.Reused {
				e.reused++
			}
		}
	}
	seamless := true
	for i, r := range g.Renditions {
		if len(pieces[i]) == 1 {
			made.videos[r.ID] = pieces[i][0]
			continue
		}
		out, err := do(w, w.Join, activities.JoinInput{Job: jobID, Name: "group-" + g.ID + "-" + r.ID, Pieces: pieces[i]}, try{})
		made.failed[r.ID] = err
		made.videos[r.ID] = activities.Piece{Ref: out.Ref, Frames: out.Frames}
		seamless = seamless && (err != nil || out.Seamless)
	}
	return seamless
}

// input returns what an output is assembled from, or why it cannot be.
func (m encoded) input(g plan.Group, o plan.Output) (activities.AssembleInput, error) {
	in := activities.AssembleInput{Job: jobID, Output: o, Timeline: g.Timeline}
	for _, id := range []string{o.Rendition, o.Track} {
		if m.failed[id] != nil {
			return in, m.failed[id]
		}
	}
	if o.Rendition != "" {
		r, _ := g.Rendition(o.Rendition)
		v := m.videos[o.Rendition]
		in.Rendition, in.Video, in.Frames = &r, v.Ref, v.Frames
	}
	if o.Track != "" {
		t, _ := g.Track(o.Track)
		in.Track, in.Audio = &t, m.tracks[o.Track]
	}
	return in, nil
}

// output makes and publishes an output.
func (w *world) output(in activities.AssembleInput, e *ended) error {
	w.t.Helper()
	var lists []media.Ref
	if in.Output.Thumbnails != nil {
		s, err := do(w, w.Stills, activities.StillsInput{Job: jobID, Output: in.Output.ID, Thumbnails: *in.Output.Thumbnails, Video: in.Video}, try{})
		if err != nil {
			return err
		}
		lists, e.stills[in.Output.ID] = append(lists, s.Staged), s.Count
	}
	out, err := do(w, w.Assemble, in, try{})
	if err != nil {
		return err
	}
	if _, err := do(w, w.Publish, activities.PublishInput{Lists: append(lists, out.Staged)}, try{}); err != nil {
		return err
	}
	e.facts[in.Output.ID] = out.Facts
	return nil
}

// complete checks that everything asked for was made.
func (e ended) complete(t *testing.T) ended {
	t.Helper()
	if e.err != nil {
		t.Fatal(e.err)
	}
	for id, err := range e.failed {
		if err != nil {
			t.Fatalf("output %s: %v", id, err)
		}
	}
	for i, err := range e.playlists {
		if err != nil {
			t.Fatalf("playlist %d: %v", i, err)
		}
	}
	return e
}

// prepare probes and plans a job with one group.
func (w *world) prepare(req job.Request) plan.Group {
	w.t.Helper()
	in := media.Ref{Bucket: inputs, Key: req.AllInputs()[0].Key}
	probed := must(w, w.Probe, activities.ProbeInput{Job: jobID, Source: in})
	planned := must(w, w.Plan, activities.PlanInput{Job: jobID, Request: req, Sources: []media.Source{probed.Source}, Pipeline: pipeline})
	if len(planned.Plan.Groups) != 1 || len(planned.Plan.Refused) != 0 {
		w.t.Fatalf("planned %+v", planned.Plan)
	}
	return planned.Plan.Groups[0]
}

// chunk returns the input of a chunk's encoding, in all of its renditions.
func chunk(g plan.Group, i int) activities.EncodeChunkInput {
	return activities.EncodeChunkInput{Input: g.Input, Timeline: g.Timeline, Chunk: g.Chunks[i], Renditions: g.Renditions}
}
