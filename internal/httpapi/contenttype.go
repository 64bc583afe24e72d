package httpapi

import (
	"path"
	"strings"
)

// contentTypes are the types of what jobs read and write, by extension. A
// table of our own: the system's differs between machines, and calls .ts a
// translation file.
var contentTypes = map[string]string{
	".m3u8": "application/vnd.apple.mpegurl",
	".ts":   "video/mp2t",
	".mpd":  "application/dash+xml",
	".ism":  "application/octet-stream", // the server's manifest; players read .ismc
	".ismc": "application/vnd.ms-sstr+xml",
	".ismv": "video/mp4",
	".isma": "audio/mp4",
	".ismt": "application/mp4",
	".mp4":  "video/mp4",
	".fmp4": "video/mp4",
	".m4s":  "video/iso.segment",
	".m4v":  "video/mp4",
	".m4a":  "audio/mp4",
	".mov":  "video/quicktime",
	".webm": "video/webm",
	".mkv":  "video/x-matroska",
	".flv":  "video/x-flv",
	".mpg":  "video/mpeg",
	".mxf":  "application/mxf",
	".mp3":  "audio/mpeg",
	".mp2":  "audio/mpeg",
	".aac":  "audio/aac",
	".flac": "audio/flac",
	".ogg":  "audio/ogg",
	".oga":  "audio/ogg",
	".wav":  "audio/wav",
	".jpg":  "image/jpeg",
	".jpeg": "image/jpeg",
	".png":  "image/png",
	".gif":  "image/gif",
	".vtt":  "text/vtt; charset=utf-8",
	".srt":  "application/x-subrip",
	".dfxp": "application/ttml+xml",
	".ttml": "application/ttml+xml",
	".json": "application/json",
	".txt":  "text/plain; charset=utf-8",
}

// contentType returns the type of an object by its key's extension.
func contentType(key string) string {
	if t, ok := contentTypes[strings.ToLower(path.Ext(key))]; ok {
		return t
	}
	return "application/octet-stream"
}
