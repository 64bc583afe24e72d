package activities

import (
	"context"
	"os"
	"path/filepath"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/packaging/fmp4"
	"github.com/everframe/everframe/internal/plan"
)

// EncodeChunkInput is one chunk in one or several renditions.
type EncodeChunkInput struct {
	Input      plan.Input
	Timeline   plan.Timeline
	Chunk      plan.Chunk
	Renditions []plan.Rendition
}

// EncodeChunkResult tells where each rendition's piece lies, in the order of
// the input.
type EncodeChunkResult struct {
	Pieces  []Piece
	Command string `json:",omitempty"` // the line that ran; empty when every piece was there already
}

// Piece is a stored encode.
type Piece struct {
	Ref    media.Ref
	Frames int64
	Reused bool `json:",omitempty"` // it was there already, from another attempt or job
	ffmpeg.BorderHashes
}

// chunkNote is what is stored beside a piece.
type chunkNote struct {
	Frames int64
	ffmpeg.BorderHashes
}

// EncodeChunk encodes one chunk into the renditions asked for, by one process,
// and stores each piece under its content name. Pieces that are stored already
// are not encoded again.
//
// Errors: BadInput (4000 damaged, 4007 not processable), Unavailable.
func (a *Activities) EncodeChunk(ctx context.Context, in EncodeChunkInput) (EncodeChunkResult, error) {
	out, err := a.encodeChunk(ctx, ffmpeg.EncodeStep(in))
	return out, reported(ctx, err)
}

func (a *Activities) encodeChunk(ctx context.Context, step ffmpeg.EncodeStep) (EncodeChunkResult, error) {
	result := EncodeChunkResult{Pieces: make([]Piece, len(step.Renditions))}
	missing := step
	missing.Renditions = nil
	var places []int // of the missing renditions in the result
	for i, r := range step.Renditions {
		p := &result.Pieces[i]
		p.Ref = media.Work(chunkPrefix + ffmpeg.ChunkName(step, i, a.Encoder) + ".mp4")
		var n chunkNote
		found, err := a.note(ctx, noteOf(p.Ref), &n)
		if err != nil {
			return EncodeChunkResult{}, err
		}
		if found {
			p.Frames, p.BorderHashes, p.Reused = n.Frames, n.BorderHashes, true
			continue
		}
		missing.Renditions = append(missing.Renditions, r)
		places = append(places, i)
	}
	if len(places) == 0 {
		return result, nil
	}
	pieces := make([]Piece, len(places))
	for j, i := range places {
		pieces[j] = result.Pieces[i]
	}
	command, err := a.encodeMissing(ctx, missing, pieces)
	if err != nil {
		return EncodeChunkResult{}, err
	}
	for j, i := range places {
		result.Pieces[i] = pieces[j]
	}
	result.Command = command
	return result, nil
}

// encodeMissing runs the encoder, checks what it wrote and stores it.
func (a *Activities) encodeMissing(ctx context.Context, step ffmpeg.EncodeStep, pieces []Piece) (command string, err error) {
	h := startHeart(ctx, waiting)
	defer h.close()
	release, err := a.Slots.Acquire(ctx, threads(step))
	if err != nil {
		return "", err
	}
	defer release()
	h.enter(encoding)

	if err := a.unchanged(ctx, step.Input); err != nil {
		return "", err
	}
	source, giveBack, err := a.local(ctx, step.Input.Ref)
	if err != nil {
		return "", err
	}
	defer giveBack()
	dir, remove, err := a.scratch()
	if err != nil {
		return "", err
	}
	defer remove()

	files := ffmpeg.EncodeFiles{Source: source, Hashes: filepath.Join(dir, "hashes")}
	for i := range step.Renditions {
		files.Out = append(files.Out, filepath.Join(dir, "v"+decimal(i)+".mp4"))
	}
	args := ffmpeg.Encode(step, files)
	if _, err := a.Run.FFmpeg(ctx, args, h.line); err != nil {
		return "", encodeFailed(err)
	}
	var hashes ffmpeg.BorderHashes
	if step.Hashed() {
		text, err := os.ReadFile(files.Hashes)
		if err != nil {
			return "", fault.Wrap(err, "activities.EncodeChunk", fault.Internal)
		}
		hashes = ffmpeg.ParseHashes(step, string(text))
	}
	for i := range step.Renditions {
		frames, err := checkPiece(files.Out[i], step, i)
		if err != nil {
			return "", err
		}
		pieces[i].Frames, pieces[i].BorderHashes = frames, hashes
		if err := a.keepFile(ctx, pieces[i].Ref, files.Out[i]); err != nil {
			return "", err
		}
		if err := a.keep(ctx, noteOf(pieces[i].Ref), chunkNote{Frames: frames, BorderHashes: hashes}); err != nil {
			return "", err
		}
	}
	return line("ffmpeg", args), nil
}

// checkPiece reads back what the encoder wrote: exit code 0 is not success.
// A chunk that ends in the middle of the source has its frames to the last one.
func checkPiece(path string, step ffmpeg.EncodeStep, i int) (frames int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, fault.Wrap(err, "activities.checkPiece", fault.Internal)
	}
	defer f.Close()
	info, err := fmp4.Inspect(f)
	if err != nil {
		return 0, damaged("the encoder wrote no readable file").Because(err)
	}
	v, ok := info.Video()
	if !ok || v.Samples == 0 {
		return 0, damaged("the encoder wrote no frame")
	}
	if want := step.Renditions[i].Picture.Frame; v.Size != want {
		return 0, fault.New("activities.checkPiece", fault.Internal, 0, "").On("frame " + v.Size.String() + ", not " + want.String())
	}
	if want := step.Chunk.Frames(); want > 0 && v.Samples != want {
		return 0, damaged("a chunk has " + decimal(int(v.Samples)) + " frames, not " + decimal(int(want)))
	}
	return v.Samples, nil
}

// damaged is the error for a source whose frames are not what it promised.
func damaged(detail string) *fault.Error {
	return fault.New("activities", fault.BadInput, fault.BadInputFile, "%s", fault.BadInputFile.Text()).On(detail)
}

func noteOf(ref media.Ref) media.Ref {
	ref.Key = ref.Key[:len(ref.Key)-len(filepath.Ext(ref.Key))] + ".json"
	return ref
}

// threads returns how many cores a step asks for: those of its encoders, which
// take turns. 0 is all.
func threads(step ffmpeg.EncodeStep) int {
	most := 1
	for _, r := range step.Renditions {
		if r.Threads == 0 {
			return 0
		}
		most = max(most, r.Threads)
	}
	return most
}
