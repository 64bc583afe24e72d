package main

import (
	"fmt"
	"slices"

	"github.com/everframe/everframe/job"
)

// printJob prints all about j that people ask for.
func printJob(p printer, j job.Job) {
	p.linef("Job        %s", j.ID)
	p.linef("Pipeline   %s", j.PipelineID)
	fmt.Fprintf(p.w, "Status     %s\n", p.status(j.Status))
	p.linef("Submitted  %s", timeText(j.Timing.SubmitTimeMillis))
	p.linef("Started    %s", timeText(j.Timing.StartTimeMillis))
	p.linef("Finished   %s", timeText(j.Timing.FinishTimeMillis))
	for _, in := range j.Inputs {
		p.linef("Input      %s%s", in.Key, detectedText(in.DetectedProperties))
	}
	if j.OutputKeyPrefix != "" {
		p.linef("Prefix     %s", j.OutputKeyPrefix)
	}
	for _, l := range j.Playlists {
		p.linef("Playlist   %s (%s): %s", l.Name, l.Format, statusText(l.Status, l.StatusDetail))
	}
	p.linef("")
	printOutputs(p, j)
}

// printOutputs prints a table of outputs. The warnings of complete ones come
// below it, each once: they are long, and outputs tend to share them.
func printOutputs(p printer, j job.Job) {
	var notes []string
	rows := make([][]string, len(j.Outputs))
	for i, o := range j.Outputs {
		size, long := "-", "-"
		if o.FileSize > 0 {
			size = bytesText(o.FileSize)
		}
		if o.DurationMillis > 0 {
			long = durationText(o.DurationMillis)
		}
		state := p.status(o.Status)
		switch {
		case o.Status == job.Complete && o.StatusDetail != "":
			at := slices.Index(notes, o.StatusDetail)
			if at < 0 {
				at = len(notes)
				notes = append(notes, o.StatusDetail)
			}
			state += fmt.Sprintf(", note %d", at+1)
		case o.StatusDetail != "":
			state += ", " + printable(detailText(o.StatusDetail))
		case !o.Status.Terminal() && percent(o.Progress) >= 0:
			state += fmt.Sprintf(" %d%%", percent(o.Progress))
		}
		rows[i] = []string{printable(o.Key), size, long, frameText(o), state}
	}
	p.table([]string{"OUTPUT", "SIZE", "DURATION", "FRAME", "STATUS"}, rows)
	for i, text := range notes {
		p.linef("Note %d: %s", i+1, text)
	}
}

func statusText(s job.Status, detail string) string {
	if detail == "" {
		return string(s)
	}
	return string(s) + ", " + detailText(detail)
}

func detectedText(d *job.DetectedProperties) string {
	if d == nil {
		return ""
	}
	text := " ("
	if d.Width > 0 {
		text += fmt.Sprintf("%dx%d, %s fps, ", d.Width, d.Height, d.FrameRate)
	}
	return text + fmt.Sprintf("%s, %s)", durationText(d.DurationMillis), bytesText(d.FileSize))
}
