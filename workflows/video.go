package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/plan"
)

// renditions is the encoding of a group's pictures, chunk by chunk, all
// renditions of a chunk by one process.
type renditions struct {
	*encode
	chunks []plan.Chunk
	pieces map[string][]activities.Piece // by rendition id, in the order of chunks
	failed map[string]error              // by rendition id: out of the race
	uneven bool                          // the chunks do not make up the whole
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
		joined := v.encodeAll(ctx, e.group.Chunks)
		if v.uneven && ctx.Err() == nil {
			// Sources whose frames cannot be found twice by the same time are
			// rare. The counts and the hashes at the borders tell them.
			workflow.GetLogger(ctx).Warn("chunks do not fit; encoding in one pass")
			joined = v.encodeAll(ctx, []plan.Chunk{{}})
		}
		e.stage = "packaging"
		for i, r := range e.group.Renditions {
			settables[r.ID].Set(joined[i], v.failed[r.ID])
		}
	})
}

// encodeAll encodes the chunks into every rendition that has not failed, and
// makes one file of each rendition.
func (v *renditions) encodeAll(ctx workflow.Context, chunks []plan.Chunk) []video {
	v.chunks, v.uneven, v.done, v.frames, v.stage = chunks, false, 0, 0, "encoding"
	v.encodeChunks(ctx)
	joined := make([]video, len(v.group.Renditions))
	if v.uneven {
		return joined
	}
	wg := workflow.NewWaitGroup(ctx)
	for i, r := range v.group.Renditions {
		wg.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer wg.Done()
			joined[i] = v.join(ctx, r.ID)
		})
	}
	wg.Wait(ctx)
	return joined
}

// encodeChunks encodes chunks until all are done, no rendition is left, or the
// chunks prove uneven.
func (v *renditions) encodeChunks(ctx workflow.Context) {
	for _, r := range v.group.Renditions {
		v.pieces[r.ID] = make([]activities.Piece, len(v.chunks))
	}
	racing, stop := workflow.WithCancel(ctx)
	defer stop()
	slots := workflow.NewSemaphore(racing, window)
	wg := workflow.NewWaitGroup(ctx)
	for i := range v.chunks {
		if err := slots.Acquire(racing, 1); err != nil {
			break // stopped below, or canceled
		}
		wg.Add(1)
		workflow.Go(racing, func(racing workflow.Context) {
			defer wg.Done()
			defer slots.Release(1)
			v.encodeChunk(racing, i)
			switch alive := v.alive(); {
			case v.uneven || len(alive) == 0:
				stop() // what the others make is of no use
			case racing.Err() == nil:
				v.done++
				v.frames += v.pieces[alive[0].ID][i].Frames
				v.tellNow(racing)
			}
		})
	}
	wg.Wait(ctx)
	if err := ctx.Err(); err != nil {
		v.fail(v.group.Renditions, err)
	}
}

// encodeChunk encodes one chunk. When the process of several renditions fails
// for good, each is tried alone, so that only the guilty one fails.
func (v *renditions) encodeChunk(ctx workflow.Context, i int) {
	alive := v.alive()
	if len(alive) == 0 {
		return
	}
	err := v.encodeTogether(ctx, i, alive)
	if err == nil || v.innocent(ctx, err) {
		return
	}
	if len(alive) == 1 {
		v.fail(alive, err)
		return
	}
	for _, r := range alive {
		one := []plan.Rendition{r}
		if err := v.encodeTogether(ctx, i, one); err != nil {
			if v.innocent(ctx, err) {
				return
			}
			v.fail(one, err)
		}
	}
}

// innocent reports whether an error is no rendition's doing: the race is over,
// or the source has other frames than its index says, so that no cut of it fits.
func (v *renditions) innocent(ctx workflow.Context, err error) bool {
	if len(v.chunks) > 1 && activities.Fault(err).Code == fault.BadInputFile {
		v.uneven = true
	}
	return v.uneven || ctx.Err() != nil
}

func (v *renditions) encodeTogether(ctx workflow.Context, i int, rs []plan.Rendition) error {
	in := activities.EncodeChunkInput{Input: v.group.Input, Timeline: v.group.Timeline, Chunk: v.chunks[i], Renditions: rs}
	var out activities.EncodeChunkResult
	summary := fmt.Sprintf("chunk %d of %d, %d renditions", i+1, len(v.chunks), len(rs))
	if err := workflow.ExecuteActivity(v.with(ctx, heavy, summary), do.EncodeChunk, in).Get(ctx, &out); err != nil {
		return err
	}
	for j, r := range rs {
		v.pieces[r.ID][i] = out.Pieces[j]
	}
	v.ran(out.Command)
	return nil
}

// join makes one file of a rendition's pieces, unless they do not fit.
func (v *renditions) join(ctx workflow.Context, id string) video {
	if v.failed[id] != nil {
		return video{}
	}
	pieces := v.pieces[id]
	if len(pieces) == 1 {
		return video{Ref: pieces[0].Ref, Frames: pieces[0].Frames}
	}
	var out activities.JoinResult
	err := workflow.ExecuteActivity(v.with(ctx, light, id), do.Join, activities.JoinInput{
		Job: v.input.Job, Name: "group-" + v.group.ID + "-" + id, Pieces: pieces,
	}).Get(ctx, &out)
	if err != nil {
		v.failed[id] = err
		return video{}
	}
	v.uneven = v.uneven || !out.Seamless
	return video{Ref: out.Ref, Frames: out.Frames}
}

// alive returns the renditions that have not failed.
func (v *renditions) alive() []plan.Rendition {
	var rs []plan.Rendition
	for _, r := range v.group.Renditions {
		if v.failed[r.ID] == nil {
			rs = append(rs, r)
		}
	}
	return rs
}

func (v *renditions) fail(rs []plan.Rendition, err error) {
	for _, r := range rs {
		if v.failed[r.ID] == nil {
			v.failed[r.ID] = err
		}
	}
}

// news is how many times a group reports its progress at most: each costs its
// history and the job's five events.
const news = 10

// tellNow tells the parent about a finished chunk, now and then.
func (v *renditions) tellNow(ctx workflow.Context) {
	every := (len(v.chunks) + news - 1) / news
	if v.done%every == 0 {
		v.tell(ctx, nil)
	}
}
