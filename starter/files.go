package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/everframe/everframe/job"
)

// object is a file that a job made.
type object struct {
	Key  string
	URL  string
	Path string `json:",omitempty"` // on this machine; empty if that is not known
}

// files lists what a complete or half-complete job of the recipe left in the
// output bucket. Names follow the API's rules; segments are those that their
// playlist names, and thumbnails are counted up to the first that is missing.
// Source: ET guide, "Output file naming".
func (r recipe) files(ctx context.Context, api *client, j job.Job) ([]string, error) {
	var keys []string
	for _, l := range j.Playlists {
		if l.Status != job.Complete {
			continue
		}
		name := j.OutputKeyPrefix + l.Name
		keys = append(keys, name+extension(l.Format))
		if l.Format == job.Smooth {
			keys = append(keys, name+".ismc")
		}
	}
	for _, o := range j.Outputs {
		if o.Status != job.Complete {
			continue
		}
		key := j.OutputKeyPrefix + o.Key
		preset := r.presets[o.PresetID]
		switch {
		case preset.Container != "ts" || o.SegmentDuration == "":
			keys = append(keys, key)
		case inHLSv4(j, o.Key):
			keys = append(keys, key+"_v4.m3u8", key+".ts")
			if preset.Video != nil {
				keys = append(keys, key+"_iframe.m3u8")
			}
		default:
			segments, err := segmentsOf(ctx, api, key+".m3u8")
			if err != nil {
				return nil, err
			}
			keys = append(append(keys, key+".m3u8"), segments...)
		}
		if o.ThumbnailPattern == nil || *o.ThumbnailPattern == "" || preset.Thumbnails == nil {
			continue
		}
		thumbnails, err := thumbnailsOf(ctx, api, j.OutputKeyPrefix+*o.ThumbnailPattern+"."+preset.Thumbnails.Format)
		if err != nil {
			return nil, err
		}
		keys = append(keys, thumbnails...)
	}
	return keys, nil
}

// mainKey returns the file of an output that one would open.
func (r recipe) mainKey(j job.Job, o job.OutputRecord) string {
	key := j.OutputKeyPrefix + o.Key
	switch {
	case r.presets[o.PresetID].Container != "ts" || o.SegmentDuration == "":
		return key
	case inHLSv4(j, o.Key):
		return key + "_v4.m3u8"
	default:
		return key + ".m3u8"
	}
}

func inHLSv4(j job.Job, key string) bool {
	for _, l := range j.Playlists {
		for _, k := range l.OutputKeys {
			if l.Format == job.HLSv4 && k == key {
				return true
			}
		}
	}
	return false
}

// segmentsOf returns the keys that a media playlist names, in its order. A
// name that leads out of the playlist's folder is an error: it would be
// fetched to somewhere nobody expects.
func segmentsOf(ctx context.Context, api *client, playlist string) ([]string, error) {
	body, err := api.open(ctx, runOutput, playlist)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	folder := path.Dir(playlist)
	var keys []string
	lines := bufio.NewScanner(io.LimitReader(body, 64<<20))
	for lines.Scan() {
		name := strings.TrimSpace(lines.Text())
		if name == "" || strings.HasPrefix(name, "#") {
			continue
		}
		key := path.Join(folder, name)
		if strings.Contains(name, "://") || !strings.HasPrefix(key, folder+"/") {
			return nil, fmt.Errorf("%s names %q, which is not beside it", playlist, name)
		}
		if n := len(keys); n == 0 || keys[n-1] != key { // byte ranges of one file
			keys = append(keys, key)
		}
	}
	return keys, lines.Err()
}

// thumbnailsOf returns the keys of a pattern, which exist for 00001, 00002, …
func thumbnailsOf(ctx context.Context, api *client, pattern string) ([]string, error) {
	var keys []string
	for i := 1; ; i++ {
		key := strings.ReplaceAll(pattern, "{count}", fmt.Sprintf("%05d", i))
		_, ok, err := api.size(ctx, runOutput, key)
		if err != nil || !ok {
			return keys, err
		}
		keys = append(keys, key)
	}
}
