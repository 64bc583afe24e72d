package job_test

import (
	"testing"

	"github.com/everframe/everframe/job"
)

func TestRollup(t *testing.T) {
	type statuses = []job.Status
	for _, c := range []struct {
		name      string
		outputs   statuses
		playlists statuses
		want      job.Status
	}{
		{"new", statuses{job.Submitted, job.Submitted}, statuses{job.Submitted}, job.Submitted},
		{"first output starts", statuses{job.Progressing, job.Submitted}, nil, job.Progressing},
		{"first output done, second not begun", statuses{job.Complete, job.Submitted}, nil, job.Progressing},
		{"a failed output does not stop the others", statuses{job.Error, job.Progressing}, nil, job.Progressing},
		{"outputs done, playlist open", statuses{job.Complete}, statuses{job.Submitted}, job.Progressing},
		{"all done", statuses{job.Complete, job.Complete}, statuses{job.Complete}, job.Complete},
		{"one output failed", statuses{job.Complete, job.Error}, nil, job.Error},
		{"only the playlist failed", statuses{job.Complete}, statuses{job.Error}, job.Error},
		{"canceled while waiting", statuses{job.Canceled, job.Canceled}, statuses{job.Canceled}, job.Canceled},
		{"canceled after a failure", statuses{job.Error, job.Canceled}, nil, job.Canceled},
	} {
		t.Run(c.name, func(t *testing.T) {
			var j job.Job
			for _, s := range c.outputs {
				j.Outputs = append(j.Outputs, job.OutputRecord{Status: s})
			}
			for _, s := range c.playlists {
				j.Playlists = append(j.Playlists, job.PlaylistRecord{Status: s})
			}
			got := j.Rollup()
			if got != c.want {
				t.Errorf("Rollup() = %s, want %s", got, c.want)
			}
			j.Status = got
			if want := c.want != job.Submitted && c.want != job.Progressing; j.Terminal() != want {
				t.Errorf("Terminal() = %v for %s", !want, got)
			}
		})
	}
}
