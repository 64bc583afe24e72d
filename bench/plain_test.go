package bench_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.temporal.io/sdk/client"

	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/workflows"
)

// commands asks a job's workflow for the lines it ran.
func (s *server) commands(b *testing.B, id job.ID) [][]string {
	b.Helper()
	c, err := client.Dial(client.Options{HostPort: s.temporal})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	answer, err := c.QueryWorkflow(b.Context(), string(id), "", workflows.CommandsQuery)
	if err != nil {
		b.Fatal(err)
	}
	var lines []string
	if err := answer.Get(&lines); err != nil {
		b.Fatal(err)
	}
	split := make([][]string, len(lines))
	for i, line := range lines {
		split[i] = words(line)
	}
	return split
}

// words splits a line that is quoted for a shell, with single quotes only.
func words(line string) []string {
	var all []string
	var word strings.Builder
	inQuotes, escaped := false, false
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\'':
			inQuotes = !inQuotes
		case r == '\\' && !inQuotes:
			escaped = true
		case r == ' ' && !inQuotes:
			all = append(all, word.String())
			word.Reset()
		default:
			word.WriteRune(r)
		}
	}
	return append(all, word.String())
}

// plainCommand makes one ffmpeg command of those a job ran: the same scaling
// and the same encoder settings, all outputs at once, and nothing else. What
// the job ran in chunks it runs whole.
func plainCommand(b *testing.B, lines [][]string, input string) []string {
	b.Helper()
	has := func(flag, value string) func([]string) bool {
		return func(line []string) bool {
			i := slices.Index(line, flag)
			return i >= 0 && line[i+1] == value
		}
	}
	v := slices.IndexFunc(lines, has("-c:v", "libx264"))
	a := slices.IndexFunc(lines, has("-c:a", "aac"))
	if v < 0 || a < 0 {
		b.Fatalf("no encoders in %q", lines)
	}
	video, sound := lines[v], lines[a]
	args := []string{"ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-nostats", "-y", "-i", input, "-filter_complex", uncut(video)}
	for i, settings := range between(video, "-c:v", "-f") {
		args = append(args, "-map", "[out"+strconv.Itoa(i)+"]", "-map", "0:a:0")
		args = append(args, settings...)
		args = append(args, between(sound, "-c:a", "-f")[0]...)
		args = append(args, "-f", "mp4", strconv.Itoa(i)+".mp4")
	}
	return args
}

// uncut returns the filter graph of a line without what cuts the chunk out.
func uncut(line []string) string {
	graph := line[slices.Index(line, "-filter_complex")+1]
	if before, rest, ok := strings.Cut(graph, ",split=2[cut][near];"); ok {
		_, after, _ := strings.Cut(rest, "[cut]trim=")
		_, after, _ = strings.Cut(after, ",") // the numbers of trim
		if next, rest, ok := strings.Cut(after, ","); ok && strings.HasPrefix(next, "setpts=") {
			after = rest
		}
		graph = before + "," + after
	}
	return graph
}

// between returns the parts of line from one word to before another.
func between(line []string, from, to string) [][]string {
	var parts [][]string
	for i := 0; i < len(line); i++ {
		if line[i] != from {
			continue
		}
		n := slices.Index(line[i:], to)
		if n < 0 {
			n = len(line) - i
		}
		parts = append(parts, line[i:i+n])
		i += n
	}
	return parts
}
