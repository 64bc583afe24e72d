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
// are not encoded again. A piece that has not the frames it should have is
// stored without border hashes, so that [Activities.Join] refuses it.
//
// Errors: NotFound (3001), BadInput (4000 damaged, 4007 not processable), Unavailable.
func (a *Activities) EncodeChunk(ctx context.Context, in EncodeChunkInput) (EncodeChunkResult, error) {
	out, err := a.encodeChunk(ctx, ffmpeg.EncodeStep(in))
	return out, reported(ctx, err)
}

func (a *Activities) encodeChunk(ctx context.Context, step ffmpeg.EncodeStep) (EncodeChunkResult, error) {
	result := EncodeChunkResult{Pieces: make([]Piece, len(step.Renditions))}
	missing := step
	missing.Renditions = nil
	var pieces []*Piece // of the missing renditions
	for i, r := range step.Renditions {
		p := &result.Pieces[i]
		p.Ref = media.Work(chunkPrefix + ffmpeg.ChunkName(step, i, a.Encoder) + ".mp4")
		var n chunkNote
		found, err := a.encoded(ctx, p.Ref, &n)
		if err != nil {
			return EncodeChunkResult{}, err
		}
		if found {
			p.Frames, p.BorderHashes, p.Reused = n.Frames, n.BorderHashes, true
			continue
		}
		missing.Renditions = append(missing.Renditions, r)
		pieces = append(pieces, p)
	}
	if len(pieces) == 0 {
		return result, nil
	}
	command, err := a.encodeMissing(ctx, missing, pieces)
	if err != nil {
		return EncodeChunkResult{}, err
	}
	result.Command = command
	return result, nil
}

// encodeMissing runs the encoder, checks what it wrote and stores it.
func (a *Activities) encodeMissing(ctx context.Context, step ffmpeg.EncodeStep, pieces []*Piece) (command string, err error) {
	b, err := a.bench(ctx, step.Input, threads(step))
	if err != nil {
		return "", err
	}
	defer b.close()
	files := ffmpeg.EncodeFiles{Source: b.source, Hashes: filepath.Join(b.dir, "hashes")}
	for i := range step.Renditions {
		files.Out = append(files.Out, filepath.Join(b.dir, "v"+decimal(i)+".mp4"))
	}
	args := ffmpeg.Encode(step, files)
	if err := b.encode(args); err != nil {
		return "", err
	}
	var hashes ffmpeg.BorderHashes
	if step.Hashed() {
		text, err := os.ReadFile(files.Hashes)
		if err != nil {
			return "", fault.Wrap(err, "activities.EncodeChunk", fault.Internal)
		}
		hashes = ffmpeg.ParseHashes(step, string(text))
	}
	for i, p := range pieces {
		n, err := checkPiece(files.Out[i], step, i)
		if err != nil {
			return "", err
		}
		if want := step.Chunk.Frames(); want == 0 || n == want {
			p.BorderHashes = hashes
		}
		// Else the cut is not exact, and without hashes nothing joins to it:
		// one pass will tell whether the source is damaged.
		p.Frames = n
		if err := b.keep(p.Ref, files.Out[i], chunkNote{Frames: n, BorderHashes: p.BorderHashes}); err != nil {
			return "", err
		}
	}
	return line("ffmpeg", args), nil
}

// checkPiece reads back what the encoder wrote, and returns its frames: exit
// code 0 is not success.
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
	return v.Samples, nil
}

// damaged is the error for a source whose frames are not what it promised.
func damaged(detail string) *fault.Error {
	return fault.New("activities", fault.BadInput, fault.BadInputFile, "%s", fault.BadInputFile.Text()).On(detail)
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
