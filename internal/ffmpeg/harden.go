package ffmpeg

import "slices"

// demuxers are the formats an input may have. Playlist formats (hls, concat,
// dash, sdp) are left out: a file of that kind, whatever its name, would make
// ffmpeg open other files. Image formats are left out, too: an input is video
// or sound.
const demuxers = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,mpegvideo,avi,flv,mxf,ogg,wav,w64,aiff,caf," +
	"mp3,flac,aac,ac3,eac3,asf,gif,dv,h264,hevc,ivf,amr"

// guard are the options before every file a customer brought, of ffmpeg and
// ffprobe alike: what one finds in a file, the other must find, too. Stream
// indexes and the start time depend on how far they look.
var guard = []string{
	"-protocol_whitelist", "file", // no network, no data: URLs, no pipes
	"-format_whitelist", demuxers,
	"-max_pixels", "40000000", // stops decompression bombs: 8K needs 33.2 million
	// Far enough to see sound that begins late in a transport stream.
	"-probesize", "50M", "-analyzeduration", "20M",
}

// input returns the options that read a customer's file with ffmpeg.
func input(path string) []string {
	return append(slices.Clip(guard), "-i", file(path))
}

// inspect returns the options every ffprobe command begins with.
func inspect() []string {
	return append([]string{"-hide_banner", "-v", "error", "-max_alloc", maxAlloc}, guard...)
}

// maxAlloc bounds one allocation, in bytes.
const maxAlloc = "1000000000"

// quiet are the options every ffmpeg command begins with.
func quiet() []string {
	return []string{
		"-hide_banner", "-nostdin", // never wait for a key press
		"-v", "error", "-nostats",
		"-y", // outputs are fresh scratch files
		"-max_alloc", maxAlloc,
	}
}

// file names a local file so that no name is taken for an option or a protocol.
func file(path string) string { return "file:" + path }

// exact drops everything from the output that is not the media itself, so that
// the same input gives the same bytes and no tag of a customer's file leaks.
var exact = []string{"-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"}
