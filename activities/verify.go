package activities

import (
	"context"
	"fmt"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
)

// verify reads a finished file as a player would and compares it with the
// plan: streams, codecs, frame size, channels, sample rate and length. It
// returns the file's duration.
func (a *Activities) verify(ctx context.Context, path string, in AssembleInput) (media.Timestamp, error) {
	found, err := a.describe(ctx, path)
	if fault.KindOf(err) == fault.BadInput {
		return media.Timestamp{}, unlike("not readable as media")
	}
	if err != nil {
		return media.Timestamp{}, muxFailed(err)
	}
	if err := compare(found, in); err != nil {
		return media.Timestamp{}, err
	}
	return found.Duration, nil
}

func compare(found media.Source, in AssembleInput) error {
	if (found.Video != nil) != (in.Rendition != nil) {
		return unlike("has a picture: %t", found.Video != nil)
	}
	if r := in.Rendition; r != nil {
		if found.Video.Codec != r.Codec || found.Video.Size != r.Picture.Frame {
			return unlike("%s %s, not %s %s", found.Video.Codec, found.Video.Size, r.Codec, r.Picture.Frame)
		}
	}
	if (len(found.Audio) > 0) != (in.Track != nil) || len(found.Audio) > 1 {
		return unlike("has %d sounds", len(found.Audio))
	}
	if t := in.Track; t != nil {
		if s := found.Audio[0]; s.Codec != t.Codec || s.Channels != t.Channels || s.SampleRate != t.SampleRate {
			return unlike("%s %d Hz %d channels, not %s %d Hz %d channels", s.Codec, s.SampleRate, s.Channels, t.Codec, t.SampleRate, t.Channels)
		}
	}
	if in.Rendition != nil {
		wanted := in.Timeline.Rate.FrameTime(in.Frames)
		if !in.Timeline.Near(found.Video.Duration, wanted) {
			return unlike("%s s of picture, not %s s", found.Video.Duration.Decimal(3), wanted.Decimal(3))
		}
	}
	return nil
}

// unlike is the error for an output that is not what was planned: our bug, so
// that it is never published as complete.
func unlike(format string, args ...any) error {
	return fault.New("activities.verify", fault.Internal, 0, "").On(fmt.Sprintf(format, args...))
}
