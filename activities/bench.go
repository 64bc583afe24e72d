package activities

import (
	"context"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
)

// bench is where an encoder works: with its cores, the local copy of the
// source, a directory for what it writes and a heart that follows its progress.
type bench struct {
	a      *Activities
	ctx    context.Context
	heart  *heart
	input  plan.Input
	source string // local path of the input
	dir    string
	undo   []func()
}

// bench waits for the cores of so many threads and prepares the rest. The
// caller must call close, unless there is an error.
func (a *Activities) bench(ctx context.Context, in plan.Input, threads int) (*bench, error) {
	b := &bench{a: a, input: in}
	b.ctx, b.heart = startHeart(ctx, waiting)
	b.undo = append(b.undo, b.heart.close)
	if err := b.prepare(threads); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bench) prepare(threads int) error {
	release, err := b.a.Slots.Acquire(b.ctx, threads)
	if err != nil {
		return err
	}
	b.undo = append(b.undo, release)
	b.heart.enter(working)
	if err := b.a.unchanged(b.ctx, b.input); err != nil {
		return err
	}
	var giveBack, remove func()
	if b.source, giveBack, err = b.a.local(b.ctx, b.heart, b.input.Ref); err != nil {
		return err
	}
	b.undo = append(b.undo, giveBack)
	if b.dir, remove, err = b.a.scratch(); err != nil {
		return err
	}
	b.undo = append(b.undo, remove)
	return nil
}

// close gives everything back, the last first.
func (b *bench) close() {
	for i := len(b.undo) - 1; i >= 0; i-- {
		b.undo[i]()
	}
}

// encode runs ffmpeg. A source that changed meanwhile gives an error, whatever
// became of it: what was encoded may be half of one version, half of another.
func (b *bench) encode(args []string) error {
	b.heart.enter(encoding)
	_, err := b.a.Run.FFmpeg(b.ctx, args, b.heart.line)
	if changed := b.a.unchanged(b.ctx, b.input); changed != nil && fault.KindOf(changed) != fault.Canceled {
		return changed
	}
	if err != nil {
		return encodeFailed(err)
	}
	b.heart.enter(working)
	return nil
}

// keep stores a finished encode; see [Activities.keepEncode].
func (b *bench) keep(ref media.Ref, path string, note any) error {
	b.heart.enter(storing)
	defer b.heart.enter(working)
	return b.a.keepEncode(b.ctx, ref, path, note)
}
