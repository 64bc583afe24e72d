package activities

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/packaging/hls"
	"github.com/everframe/everframe/internal/packaging/mpegts"
	"github.com/everframe/everframe/internal/plan"
)

// segment makes transport stream segments and their playlist. The playlist is
// staged last, so that it never appears before what it lists.
func (a *Activities) segment(ctx context.Context, in AssembleInput, files ffmpeg.MuxFiles, dir string, s *stage, facts *Facts) (string, error) {
	list := filepath.Join(dir, "list.m3u8")
	args := ffmpeg.Segment(files, in.Output.Segment, filepath.Join(dir, "%05d.ts"), list)
	if _, err := a.Run.FFmpeg(ctx, args, nil); err != nil {
		return "", muxFailed(err)
	}
	text, err := os.ReadFile(list)
	if err != nil {
		return "", fault.Wrap(err, "activities.segment", fault.Internal)
	}
	segments, err := hls.ParseSegmentList(text)
	if err != nil {
		return "", err
	}
	if segments, err = mergeTail(dir, segments); err != nil {
		return "", err
	}
	if _, err := a.verify(ctx, filepath.Join(dir, segments[0].URI), first(in, segments)); err != nil {
		return "", err
	}
	playlist := in.Output.PlaylistKey()
	var total media.Timestamp
	for i := range segments {
		path := filepath.Join(dir, segments[i].URI)
		if err := finishSegment(path, in.Rendition != nil); err != nil {
			return "", err
		}
		key := in.Output.SegmentKey(i)
		if err := s.file(ctx, path, media.Ref{Bucket: in.Output.Bucket, Key: key}); err != nil {
			return "", err
		}
		segments[i].URI = hls.RelativeURI(playlist, key)
		segments[i].Bytes = s.list.Files[len(s.list.Files)-1].Bytes
		facts.Bytes += segments[i].Bytes
		total = total.Plus(segments[i].Duration)
	}
	if in.Rendition != nil && !in.Timeline.Near(total, in.Timeline.Rate.FrameTime(in.Frames)) {
		return "", unlike("%s s in segments, not %s s", total.Decimal(3), in.Timeline.Rate.FrameTime(in.Frames).Decimal(3))
	}
	facts.Segments = len(segments)
	facts.DurationMillis = total.Millis()
	facts.Peak, facts.Average = hls.Bandwidth(segments)
	if plan.Overshoots(facts.Peak, in.Rendition, in.Track) {
		facts.Warnings = append(facts.Warnings, plan.OvershootWarning)
	}
	return line("ffmpeg", args), s.text(ctx, hls.MediaPlaylist(segments), media.Ref{Bucket: in.Output.Bucket, Key: playlist})
}

// first returns what the first segment alone must be like.
func first(in AssembleInput, segments []hls.MediaSegment) AssembleInput {
	if in.Rendition != nil {
		in.Frames = in.Timeline.Rate.Frames(segments[0].Duration)
	}
	return in
}

// shortest is the least a last segment may have: players stumble over the
// hundredth of a second of sound that a muxer leaves.
var shortest = media.Millis(500)

// mergeTail appends a last segment that is too short to the one before.
func mergeTail(dir string, segments []hls.MediaSegment) ([]hls.MediaSegment, error) {
	n := len(segments)
	if n < 2 || !segments[n-1].Duration.Less(shortest) {
		return segments, nil
	}
	to, err := os.OpenFile(filepath.Join(dir, segments[n-2].URI), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, fault.Wrap(err, "activities.mergeTail", fault.Internal)
	}
	defer to.Close() // a second close of a closed file does no harm
	from, err := os.Open(filepath.Join(dir, segments[n-1].URI))
	if err != nil {
		return nil, fault.Wrap(err, "activities.mergeTail", fault.Internal)
	}
	defer from.Close()
	if _, err := io.Copy(to, from); err != nil {
		return nil, trouble(err, "activities.mergeTail")
	}
	if err := to.Close(); err != nil {
		return nil, trouble(err, "activities.mergeTail")
	}
	segments[n-2].Duration = segments[n-2].Duration.Plus(segments[n-1].Duration)
	return segments[:n-1], nil
}

// finishSegment puts a segment's tables into the order players ask for, and
// checks that a picture can be decoded from its first frame.
func finishSegment(path string, picture bool) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fault.Wrap(err, "activities.finishSegment", fault.Internal)
	}
	defer f.Close()
	head := make([]byte, mpegts.HeadSize)
	n, err := io.ReadFull(f, head)
	if err != nil && !ended(err) {
		return fault.Wrap(err, "activities.finishSegment", fault.Internal)
	}
	head = head[:n-n%mpegts.PacketSize]
	if err := mpegts.FixPSI(head); err != nil {
		return fault.Wrap(err, "activities.finishSegment", fault.Internal)
	}
	if _, err := f.WriteAt(head, 0); err != nil {
		return trouble(err, "activities.finishSegment")
	}
	if !picture {
		return nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fault.Wrap(err, "activities.finishSegment", fault.Internal)
	}
	info, err := mpegts.Scan(bufio.NewReader(f))
	if err != nil {
		return fault.Wrap(err, "activities.finishSegment", fault.Internal)
	}
	if v, ok := info.Video(); !ok || !v.Key {
		return unlike("segment %s does not begin with a key frame", filepath.Base(path))
	}
	return nil
}
