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

// EncodeTrackInput is one sound of a group.
type EncodeTrackInput struct {
	Input plan.Input
	Track plan.Track
}

// EncodeTrackResult tells where the sound lies.
type EncodeTrackResult struct {
	Ref     media.Ref
	Reused  bool   `json:",omitempty"`
	Command string `json:",omitempty"`
}

// trackNote is what is stored beside an encoded sound.
type trackNote struct {
	Bytes int64
}

// EncodeTrack encodes one sound, whole, and stores it under its content name.
//
// Errors: as [Activities.EncodeChunk].
func (a *Activities) EncodeTrack(ctx context.Context, in EncodeTrackInput) (EncodeTrackResult, error) {
	out, err := a.encodeTrack(ctx, in)
	return out, reported(ctx, err)
}

func (a *Activities) encodeTrack(ctx context.Context, in EncodeTrackInput) (EncodeTrackResult, error) {
	out := EncodeTrackResult{Ref: media.Work(trackPrefix + ffmpeg.TrackName(in.Input, in.Track, a.Encoder) + trackExt(in.Track))}
	if found, err := a.note(ctx, noteOf(out.Ref), new(trackNote)); err != nil || found {
		out.Reused = found
		return out, err
	}
	h := startHeart(ctx, waiting)
	defer h.close()
	release, err := a.Slots.Acquire(ctx, 1)
	if err != nil {
		return EncodeTrackResult{}, err
	}
	defer release()
	h.enter(encoding)
	if err := a.unchanged(ctx, in.Input); err != nil {
		return EncodeTrackResult{}, err
	}
	source, giveBack, err := a.local(ctx, in.Input.Ref)
	if err != nil {
		return EncodeTrackResult{}, err
	}
	defer giveBack()
	dir, remove, err := a.scratch()
	if err != nil {
		return EncodeTrackResult{}, err
	}
	defer remove()
	path := filepath.Join(dir, "a"+trackExt(in.Track))
	args := ffmpeg.EncodeTrack(in.Input, in.Track, source, path)
	if _, err := a.Run.FFmpeg(ctx, args, h.line); err != nil {
		return EncodeTrackResult{}, encodeFailed(err)
	}
	n, err := checkTrack(path, in.Track)
	if err != nil {
		return EncodeTrackResult{}, err
	}
	if err := a.keepFile(ctx, out.Ref, path); err != nil {
		return EncodeTrackResult{}, err
	}
	if err := a.keep(ctx, noteOf(out.Ref), n); err != nil {
		return EncodeTrackResult{}, err
	}
	out.Command = line("ffmpeg", args)
	return out, nil
}

// checkTrack reads back an encoded sound. An MP3 file is checked with the
// output it becomes.
func checkTrack(path string, t plan.Track) (trackNote, error) {
	f, err := os.Open(path)
	if err != nil {
		return trackNote{}, fault.Wrap(err, "activities.checkTrack", fault.Internal)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return trackNote{}, fault.Wrap(err, "activities.checkTrack", fault.Internal)
	}
	if t.Codec != media.MP3 {
		found, err := fmp4.Inspect(f)
		if err != nil {
			return trackNote{}, damaged("the encoder wrote no readable file").Because(err)
		}
		if s, ok := found.Audio(); !ok || s.Samples == 0 {
			return trackNote{}, damaged("the encoder wrote no sound")
		}
	}
	return trackNote{Bytes: info.Size()}, nil
}

func trackExt(t plan.Track) string {
	if t.Codec == media.MP3 {
		return ".mp3"
	}
	return ".m4a"
}
