package activities

import (
	"bytes"
	"context"
	"io"

	"go.temporal.io/sdk/activity"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/packaging/hls"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/internal/storage"
	"github.com/everframe/everframe/job"
)

// PackageInput is a playlist over complete outputs.
type PackageInput struct {
	Job      job.ID
	Playlist plan.Playlist
	Variants []Variant // in the customer's order
}

// Variant is an output in a playlist.
type Variant struct {
	Output plan.Output
	Facts  Facts
}

// Package writes the manifest over outputs that are published already.
//
// Errors: Exists (3002), Denied, Unavailable.
func (a *Activities) Package(ctx context.Context, in PackageInput) error {
	return reported(ctx, a.pack(ctx, in))
}

func (a *Activities) pack(ctx context.Context, in PackageInput) error {
	ctx, h := startHeart(ctx, storing)
	defer h.close()
	variants := make([]hls.Variant, len(in.Variants))
	for i, v := range in.Variants {
		variants[i] = hls.Variant{
			URI:              hls.RelativeURI(in.Playlist.Key, v.Output.PlaylistKey()),
			PeakBandwidth:    v.Facts.Peak,
			AverageBandwidth: v.Facts.Average,
			Codecs:           v.Facts.Codecs,
			Size:             v.Facts.Size,
			FrameRate:        v.Facts.Rate,
		}
	}
	text := hls.Master(variants)
	ref := media.Ref{Bucket: in.Playlist.Bucket, Key: in.Playlist.Key}
	_, err := a.Store.Create(ctx, ref, bytes.NewReader(text))
	if fault.KindOf(err) == fault.Exists && activity.GetInfo(ctx).Attempt > 1 {
		return a.ours(ctx, ref, text, err)
	}
	return err
}

// ours returns nil if the object is what we were about to write: an earlier
// attempt's work, else conflict.
func (a *Activities) ours(ctx context.Context, ref media.Ref, text []byte, conflict error) error {
	r, err := a.Store.Open(ctx, ref, 0, -1)
	if err != nil {
		return err
	}
	defer r.Close()
	have, err := io.ReadAll(io.LimitReader(r, int64(len(text))+1))
	if err != nil {
		return storage.ReadFailed("activities.Package", ref, err)
	}
	if !bytes.Equal(have, text) {
		return conflict
	}
	return nil
}
