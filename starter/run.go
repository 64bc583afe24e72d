package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/everframe/everframe/job"
)

type runCmd struct {
	Input           []string `arg:"" help:"Local media files; each is a job of its own."`
	Preset          []string `placeholder:"NAME|ID" help:"How to make an output; may be repeated. A name may be a part that only one preset has. Default: three sizes of HLS, its sound alone, an MP4 and thumbnails."`
	Playlist        []string `placeholder:"FORMAT[:NAME]" help:"Put the outputs into a playlist: HLSv3, HLSv4, Smooth, MPEG-DASH; may be repeated."`
	Out             string   `placeholder:"DIR" help:"Download what is made to DIR/<name of the job>/."`
	SegmentDuration float64  `placeholder:"SECONDS" help:"Length of segments, 1 to 60 (default 6 for outputs of a playlist)."`
	Thumbnails      bool     `help:"Take thumbnails of the first output that has a picture."`
	Keep            bool     `help:"Leave a server that had to be started running."`
	Data            string   `default:"./data" placeholder:"DIR" help:"Data directory of a server that has to be started (default ./data)."`
	ServerProgram   string   `placeholder:"PATH" help:"The server program to start (default: server beside this program, or on PATH)."`
}

func (c *runCmd) Run(a *app) (err error) {
	want, err := c.check()
	if err != nil {
		return err
	}
	s, err := a.findStack(c.Data, c.ServerProgram)
	if err != nil {
		return err
	}
	defer func() {
		if c.Keep && s.child != nil {
			a.err.linef("The server stays: %s (to stop it: kill %d)", s.api.base, s.child.cmd.Process.Pid)
			return
		}
		ctx, cancel := a.again()
		defer cancel()
		if errors.Is(err, errInterrupted) { // nobody wants to wait; a killed server loses nothing
			short, done := context.WithTimeout(ctx, 3*time.Second)
			defer done()
			ctx = short
		}
		if stopErr := s.close(ctx); err == nil && stopErr != nil {
			err = stopErr
		}
	}()
	pipeline, err := ensurePipeline(a.ctx, s.api)
	if err != nil {
		return err
	}
	made, err := c.recipe(a.ctx, s.api, want)
	if err != nil {
		return err
	}
	w := &watcher{api: s.api, poll: a.poll, view: a.view(len(c.Input)), clock: a.clock, alive: s.alive}
	err = a.submit(w, made, pipeline, c.Input)
	if err == nil {
		err = w.run(a.ctx)
	}
	if a.ctx.Err() != nil {
		err = a.cancel(w)
	}
	w.view.close()
	if err != nil {
		return err
	}
	served := s.child == nil || c.Keep
	for _, j := range w.watched {
		if err := a.show(s, made, j, c.Out, served); err != nil {
			return err
		}
	}
	return w.verdict()
}

// check finds what is wrong with the command line before anything is started.
func (c *runCmd) check() (order, error) {
	for _, name := range c.Input {
		info, err := os.Stat(name)
		if err != nil {
			return order{}, usageError{err}
		}
		if !info.Mode().IsRegular() {
			return order{}, usagef("%s is no file", name)
		}
		f, err := os.Open(name) // now, rather than after minutes
		if err != nil {
			return order{}, usageError{err}
		}
		f.Close()
	}
	if c.SegmentDuration != 0 && !(c.SegmentDuration >= 1 && c.SegmentDuration <= 60) {
		return order{}, usagef("--segment-duration must be 1 to 60 seconds")
	}
	lists, err := parsePlaylists(c.Playlist)
	if err != nil {
		return order{}, err
	}
	if len(c.Preset) == 0 {
		for _, l := range lists {
			if l.format != job.HLSv3 {
				return order{}, usagef("--playlist %s: name the presets for it with --preset", l.format)
			}
		}
		if len(lists) == 0 {
			lists = []playlistFlag{{job.HLSv3, "index"}}
		}
	}
	return order{
		playlists:  lists,
		segment:    c.SegmentDuration,
		thumbnails: c.Thumbnails || len(c.Preset) == 0,
	}, nil
}

// recipe looks up the presets. The file comes before the stream, so that the
// thumbnails are the file's, which takes more of them.
func (c *runCmd) recipe(ctx context.Context, api *client, o order) (recipe, error) {
	wanted := c.Preset
	if len(wanted) == 0 {
		wanted = append([]string{defaultFile}, defaultStream...)
	}
	from, err := findPresets(ctx, api, wanted)
	if err != nil {
		return recipe{}, err
	}
	return newRecipe(from, o)
}
