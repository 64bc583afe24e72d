package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/plan"
)

// renditions is the encoding of a group's pictures, chunk by chunk, all
// renditions of a chunk by one process.
type renditions struct {
	*encode
	pieces map[string][]activities.Piece // by rendition id, in the order of chunks
	failed map[string]error              // by rendition id: out of the race
	done   int                           // chunks encoded
}

// startVideo encodes the group's pictures and sets the future of each rendition
// when it is one file, or has failed.
func (e *encode) startVideo(ctx workflow.Context) {
	if len(e.group.Renditions) == 0 {
		return
	}
	settables := map[string]workflow.Settable{}
	for _, r := range e.group.Renditions {
		e.videos[r.ID], settables[r.ID] = workflow.NewFuture(ctx)
	}
	e.encoders.Add(1)
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer e.encoders.Done()
		v := renditions{encode: e, pieces: map[string][]activities.Piece{}, failed: map[string]error{}}
		e.stage = "encoding"
		v.encodeChunks(ctx, e.group.Chunks)
		seamless := true
		wg := workflow.NewWaitGroup(ctx)
		joined := make([]video, len(e.group.Renditions))
		for i, r := range e.group.Renditions {
			wg.Add(1)
			workflow.Go(ctx, func(ctx workflow.Context) {
				defer wg.Done()
				ok := v.join(ctx, r.ID, &joined[i])
				seamless = seamless && ok
			})
		}
		wg.Wait(ctx)
		if !seamless {
			v.inOnePass(ctx, joined)
		}
		e.stage = "packaging"
		for i, r := range e.group.Renditions {
			settables[r.ID].Set(joined[i], v.failed[r.ID])
		}
	})
}

// encodeChunks encodes chunks into every rendition that has not failed.
func (v *renditions) encodeChunks(ctx workflow.Context, chunks []plan.Chunk) {
	for _, r := range v.group.Renditions {
		v.pieces[r.ID] = make([]activities.Piece, len(chunks))
	}
	v.done = 0
	slots := workflow.NewSemaphore(ctx, window)
	wg := workflow.NewWaitGroup(ctx)
	for i, c := range chunks {
		if err := slots.Acquire(ctx, 1); err != nil {
			v.fail(err) // canceled
			break
		}
		wg.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer wg.Done()
			defer slots.Release(1)
			v.encodeChunk(ctx, i, c)
			v.done++
			if rs := v.alive(); len(rs) > 0 {
				v.frames += v.pieces[rs[0].ID][i].Frames
			}
			v.tellNow(ctx, len(chunks))
		})
	}
	wg.Wait(ctx)
}

// encodeChunk encodes one chunk. When the process of several renditions fails
// for good, each is tried alone, so that only the guilty one fails.
func (v *renditions) encodeChunk(ctx workflow.Context, i int, c plan.Chunk) {
	alive := v.alive()
	if len(alive) == 0 {
		return
	}
	err := v.encodeTogether(ctx, i, c, alive)
	if err == nil || ctx.Err() != nil || len(alive) == 1 {
		v.failThese(alive, err)
		return
	}
	for _, r := range alive {
		one := []plan.Rendition{r}
		v.failThese(one, v.encodeTogether(ctx, i, c, one))
	}
}

func (v *renditions) encodeTogether(ctx workflow.Context, i int, c plan.Chunk, rs []plan.Rendition) error {
	in := activities.EncodeChunkInput{Input: v.group.Input, Timeline: v.group.Timeline, Chunk: c, Renditions: rs}
	var out activities.EncodeChunkResult
	summary := fmt.Sprintf("chunk %d of %d, %d renditions", i+1, len(v.group.Chunks), len(rs))
	if err := workflow.ExecuteActivity(v.with(ctx, heavy, summary), do.EncodeChunk, in).Get(ctx, &out); err != nil {
		return err
	}
	for j, r := range rs {
		v.pieces[r.ID][i] = out.Pieces[j]
	}
	v.ran(out.Command)
	return nil
}

// join makes one file of a rendition. It returns false when the pieces do not
// fit.
func (v *renditions) join(ctx workflow.Context, id string, out *video) (seamless bool) {
	if v.failed[id] != nil {
		return true
	}
	pieces := v.pieces[id]
	if len(pieces) == 1 {
		*out = video{Ref: pieces[0].Ref, Frames: pieces[0].Frames}
		return true
	}
	var result activities.JoinResult
	err := workflow.ExecuteActivity(v.with(ctx, light, id), do.Join, activities.JoinInput{
		Job: v.input.Job, Name: "group-" + v.group.ID + "-" + id, Pieces: pieces,
	}).Get(ctx, &result)
	if err != nil {
		v.failed[id] = err
		return true
	}
	*out = video{Ref: result.Ref, Frames: result.Frames}
	return result.Seamless
}

// inOnePass encodes the renditions again, uncut. Sources whose frames cannot be
// found twice by the same time are rare; the hashes at the borders tell them.
func (v *renditions) inOnePass(ctx workflow.Context, joined []video) {
	workflow.GetLogger(ctx).Warn("chunks do not fit; encoding in one pass")
	v.frames = 0
	v.encodeChunks(ctx, []plan.Chunk{{}})
	for i, r := range v.group.Renditions {
		if v.failed[r.ID] == nil {
			v.join(ctx, r.ID, &joined[i])
		}
	}
}

func (v *renditions) alive() []plan.Rendition {
	var rs []plan.Rendition
	for _, r := range v.group.Renditions {
		if v.failed[r.ID] == nil {
			rs = append(rs, r)
		}
	}
	return rs
}

func (v *renditions) fail(err error) { v.failThese(v.group.Renditions, err) }

func (v *renditions) failThese(rs []plan.Rendition, err error) {
	if err == nil {
		return
	}
	for _, r := range rs {
		if v.failed[r.ID] == nil {
			v.failed[r.ID] = err
		}
	}
}

// news is how many times at most a group reports its progress.
const news = 50

// tellNow tells the parent about a finished chunk, now and then.
func (v *renditions) tellNow(ctx workflow.Context, chunks int) {
	every := (chunks + news - 1) / news
	if v.done%every == 0 && ctx.Err() == nil {
		v.tell(ctx, nil)
	}
}
