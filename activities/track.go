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
	if found, err := a.encoded(ctx, out.Ref, new(trackNote)); err != nil || found {
		out.Reused = found
		return out, err
	}
	b, err := a.bench(ctx, in.Input, 1)
	if err != nil {
		return EncodeTrackResult{}, err
	}
	defer b.close()
	path := filepath.Join(b.dir, "a"+trackExt(in.Track))
	args := ffmpeg.EncodeTrack(in.Input, in.Track, b.source, path)
	if err := b.encode(args); err != nil {
		return EncodeTrackResult{}, err
	}
	n, err := checkTrack(path, in.Track)
	if err != nil {
		return EncodeTrackResult{}, err
	}
	if err := b.keep(out.Ref, path, n); err != nil {
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
