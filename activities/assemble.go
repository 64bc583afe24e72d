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
	"github.com/everframe/everframe/job"
)

// AssembleInput is an output and the encodes it is made of.
type AssembleInput struct {
	Job       job.ID
	Output    plan.Output
	Timeline  plan.Timeline
	Rendition *plan.Rendition `json:",omitempty"`
	Track     *plan.Track     `json:",omitempty"`
	Video     media.Ref       // one-track MP4; zero without a rendition
	Audio     media.Ref       // zero without a track
	Frames    int64           // of Video
}

// AssembleResult is a finished output that waits to be published.
type AssembleResult struct {
	Staged  media.Ref // list of its files
	Facts   Facts
	Command string
}

// Facts are what was measured on a finished output.
type Facts struct {
	DurationMillis int64
	Bytes          int64
	Size           media.Size      // zero without picture
	Rate           media.FrameRate // unknown without picture
	Frames         int64
	Codecs         []string      // as in a playlist's CODECS
	Peak, Average  media.BitRate // of segments; zero when not segmented
	Segments       int
	Warnings       []string `json:",omitempty"` // sentences for StatusDetail
}

// Assemble muxes an output, cuts it into segments if it is to be, checks the
// result against the plan and stages it. Nothing leaves it unchecked.
//
// Errors: BadInput (4000: the source is not what it promised), Internal,
// Unavailable.
func (a *Activities) Assemble(ctx context.Context, in AssembleInput) (AssembleResult, error) {
	out, err := a.assemble(ctx, in)
	return out, reported(ctx, err)
}

func (a *Activities) assemble(ctx context.Context, in AssembleInput) (AssembleResult, error) {
	if in.Rendition != nil && !in.Timeline.Plausible(in.Frames) {
		return AssembleResult{}, damaged(decimal(int(in.Frames)) + " frames, not " + decimal(int(in.Timeline.Frames)))
	}
	ctx, h := startHeart(ctx, working)
	defer h.close()
	var files ffmpeg.MuxFiles
	facts := Facts{Frames: in.Frames}
	for _, stream := range []struct {
		ref  media.Ref
		path *string
		mp3  bool
	}{{in.Video, &files.Video, false}, {in.Audio, &files.Audio, in.Track != nil && in.Track.Codec == media.MP3}} {
		if stream.ref.IsZero() {
			continue
		}
		path, release, err := a.intermediate(ctx, h, stream.ref)
		if err != nil {
			return AssembleResult{}, err
		}
		defer release()
		*stream.path = path
		codec := "mp4a.40.34" // RFC 6381: MPEG-1 layer 3
		if !stream.mp3 {
			if codec, err = codecOf(path); err != nil {
				return AssembleResult{}, err
			}
		}
		if codec != "" {
			facts.Codecs = append(facts.Codecs, codec)
		}
	}
	if in.Rendition != nil {
		facts.Size, facts.Rate = in.Rendition.Picture.Frame, in.Timeline.Rate
	}
	dir, remove, err := a.scratch()
	if err != nil {
		return AssembleResult{}, err
	}
	defer remove()
	h.watch(dir)
	s := a.newStage(ctx, h, in.Job, "output-"+in.Output.ID)
	out := AssembleResult{}
	if in.Output.Segmented() {
		out.Command, err = a.segment(ctx, in, files, dir, s, &facts)
	} else {
		out.Command, err = a.mux(ctx, in, files, dir, s, &facts, h)
	}
	if err != nil {
		return AssembleResult{}, err
	}
	facts.Warnings = append(in.Output.Warnings, facts.Warnings...)
	out.Facts = facts
	out.Staged, err = s.close(ctx)
	return out, err
}

// mux makes a single file.
func (a *Activities) mux(ctx context.Context, in AssembleInput, files ffmpeg.MuxFiles, dir string, s *stage, facts *Facts, h *heart) (string, error) {
	path := filepath.Join(dir, "output")
	args := ffmpeg.Mux(in.Output.Container, files, path)
	if _, err := a.Run.FFmpeg(ctx, args, nil); err != nil {
		return "", muxFailed(err)
	}
	h.enter(working)
	duration, err := a.verify(ctx, path, in)
	if err != nil {
		return "", err
	}
	facts.DurationMillis = duration.Millis()
	info, err := os.Stat(path)
	if err != nil {
		return "", fault.Wrap(err, "activities.Assemble", fault.Internal)
	}
	facts.Bytes = info.Size()
	return line("ffmpeg", args), s.file(ctx, path, media.Ref{Bucket: in.Output.Bucket, Key: in.Output.File()})
}

// codecOf returns the codec string of a one-track MP4 file of ours.
func codecOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", trouble(err, "activities.codecOf")
	}
	defer f.Close()
	info, err := fmp4.Inspect(f)
	if err != nil || len(info.Tracks) == 0 {
		return "", fault.Wrap(err, "activities.codecOf", fault.Internal)
	}
	return info.Tracks[0].Codec, nil
}
