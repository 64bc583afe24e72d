package plan

import (
	"slices"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// notYet refuses the parts of the API this version does not do, so that none
// is silently left out. Each line goes when its feature comes.
func (b *builder) notYet(inputs []job.Input, out job.Output) error {
	if len(inputs) > 1 {
		return unsupported("outputs stitched from several inputs")
	}
	in := inputs[0]
	switch {
	case clips(in, out):
		return unsupported("clips")
	case in.InputCaptions != nil || out.Captions != nil:
		return unsupported("captions")
	case in.Encryption != nil || out.Encryption != nil || out.ThumbnailEncryption != nil:
		return unsupported("encrypted files")
	case len(out.Watermarks) > 0:
		return unsupported("watermarks")
	case out.AlbumArt != nil:
		return unsupported("album art")
	case b.protected[out.Key]:
		return unsupported("playlists with content protection")
	}
	return nil
}

// clips reports whether less than the whole input is wanted. A span without
// start and duration is the whole.
func clips(in job.Input, out job.Output) bool {
	spans := []*job.TimeSpan{in.TimeSpan}
	for _, c := range out.Composition {
		spans = append(spans, c.TimeSpan)
	}
	return slices.ContainsFunc(spans, func(s *job.TimeSpan) bool { return s != nil && *s != (job.TimeSpan{}) })
}

func protects(p job.Playlist) bool { return p.HLSContentProtection != nil || p.PlayReadyDRM != nil }

// protectedKeys returns the output keys that a protected playlist lists: they
// must not be published in clear.
func protectedKeys(req job.Request) map[string]bool {
	keys := map[string]bool{}
	for _, p := range req.Playlists {
		if protects(p) {
			for _, k := range p.OutputKeys {
				keys[k] = true
			}
		}
	}
	return keys
}

// checkContainer refuses containers this version cannot write, and pairs of
// container and codec that no player reads: ffmpeg's exit code does not tell.
func checkContainer(p presets.Preset) error {
	switch media.Container(p.Container) {
	case media.MP4Container, media.TSContainer:
		return nil
	case media.MP3Container:
		if p.Video != nil || p.Audio == nil || p.Audio.Codec != "mp3" {
			return unsupported("container 'mp3' with anything but mp3 audio")
		}
		return nil
	}
	return unsupported("container '%s'", p.Container)
}
