package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/everframe/everframe/job"
)

// result is what run --json prints for an input: one line.
type result struct {
	Input     string // the local file
	Job       job.Job
	Playlists []object
	Files     []object // all, the playlists among them
}

// show tells what came of one job, after downloading it to out if that is
// given. served tells that the server goes on running, so that its URLs work.
func (a *app) show(s *stack, made recipe, w *watched, out string, served bool) error {
	// An interrupted run still has something to say, but starts nothing long.
	ctx := a.ctx
	r := result{Input: w.input, Job: w.job, Playlists: []object{}, Files: []object{}}
	if ctx.Err() != nil {
		return a.tell(r, made, served)
	}
	keys, err := made.files(ctx, s.api, w.job)
	if err != nil {
		return err
	}
	for _, key := range keys {
		o := object{Key: key, URL: s.api.fileURL(runOutput, key), Path: s.path(runOutput, key)}
		if out != "" {
			if o.Path, err = fetch(ctx, s.api, key, out); err != nil {
				return fmt.Errorf("downloading %s: %w", key, err)
			}
		}
		r.Files = append(r.Files, o)
	}
	for _, l := range w.job.Playlists {
		key := w.job.OutputKeyPrefix + l.Name + extension(l.Format)
		if i := slices.IndexFunc(r.Files, func(o object) bool { return o.Key == key }); i >= 0 {
			r.Playlists = append(r.Playlists, r.Files[i])
		}
	}
	return a.tell(r, made, served)
}

// fetch downloads an object to its key below dir and returns that path. A
// name is there only when its content is whole.
func fetch(ctx context.Context, api *client, key, dir string) (string, error) {
	local := filepath.FromSlash(key)
	if !filepath.IsLocal(local) {
		return "", errors.New("the key leads out of the directory")
	}
	to, err := filepath.Abs(filepath.Join(dir, local))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return "", err
	}
	body, err := api.open(ctx, runOutput, key)
	if err != nil {
		return "", err
	}
	defer body.Close()
	f, err := os.CreateTemp(filepath.Dir(to), ".starter-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name()) // fails once it is renamed
	if _, err := io.Copy(f, body); err != nil {
		f.Close()
		return "", err
	}
	if err := errors.Join(f.Chmod(0o644), f.Close()); err != nil {
		return "", err
	}
	return to, os.Rename(f.Name(), to)
}

// tell prints a result.
func (a *app) tell(r result, made recipe, served bool) error {
	if a.json {
		return a.line(r)
	}
	p, j := a.out, r.Job
	p.linef("")
	took := ""
	if t := j.Timing; t.FinishTimeMillis > 0 && t.SubmitTimeMillis > 0 {
		took = " after " + durationText(t.FinishTimeMillis-t.SubmitTimeMillis)
	}
	fmt.Fprintf(p.w, "%s: %s%s (job %s)\n", printable(filepath.Base(r.Input)), p.status(j.Status), took, printable(string(j.ID)))
	p.linef("")
	j.Outputs = slices.Clone(j.Outputs)
	for i := range j.Outputs { // the file to open, rather than the key it is made of
		j.Outputs[i].Key = strings.TrimPrefix(made.mainKey(j, j.Outputs[i]), j.OutputKeyPrefix)
	}
	printOutputs(p, j)
	for _, l := range j.Playlists {
		p.linef("Playlist %s (%s): %s", l.Name+extension(l.Format), l.Format, statusText(l.Status, l.StatusDetail))
	}
	if len(r.Files) == 0 {
		return nil
	}
	p.linef("")
	if n := count(r.Files, j.OutputKeyPrefix+path.Dir(thumbnailPattern)+"/"); n > 0 {
		p.linef("Thumbnails  %d in %s/", n, path.Dir(thumbnailPattern))
	}
	open := r.Files[0]
	if len(r.Playlists) > 0 {
		open = r.Playlists[0]
	}
	if open.Path != "" {
		p.linef("Files       %s", folderOf(open, j.OutputKeyPrefix))
	}
	if served {
		for _, l := range append(slices.Clone(r.Playlists), mains(r, made)...) {
			p.linef("URL         %s", l.URL)
		}
	}
	where := open.URL
	if !served || open.Path != "" && !strings.HasSuffix(open.Key, ".m3u8") {
		where = open.Path
	}
	if where != "" {
		p.linef("Watch       ffplay %s   (or open it in VLC or any other player)", quoted(where))
	}
	return nil
}

// mains returns the files of complete outputs that stand alone.
func mains(r result, made recipe) []object {
	var all []object
	for _, o := range r.Job.Outputs {
		if o.SegmentDuration != "" {
			continue
		}
		key := r.Job.OutputKeyPrefix + o.Key
		if i := slices.IndexFunc(r.Files, func(f object) bool { return f.Key == key }); i >= 0 {
			all = append(all, r.Files[i])
		}
	}
	return all
}

func count(files []object, prefix string) int {
	n := 0
	for _, f := range files {
		if strings.HasPrefix(f.Key, prefix) {
			n++
		}
	}
	return n
}

// folderOf returns the local folder that stands for the prefix of o's key.
func folderOf(o object, prefix string) string {
	rest := filepath.FromSlash(strings.TrimPrefix(o.Key, prefix))
	return strings.TrimSuffix(o.Path, rest)
}

// quoted returns s as a shell reads it.
func quoted(s string) string {
	plain := strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-:%+,@") == ""
	if plain && s != "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
