package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"unicode"

	"golang.org/x/term"

	"github.com/everframe/everframe/job"
)

// printer writes for people.
type printer struct {
	w        io.Writer
	terminal bool // lines can be redrawn
	color    bool
}

// newPrinter looks whether w is a terminal. Colors are left out when NO_COLOR
// is set to anything (https://no-color.org), or the terminal is a dumb one.
func newPrinter(w io.Writer) printer {
	f, ok := w.(interface{ Fd() uintptr })
	t := ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
	if t { // one without a size, as under some supervisors, shows no bars
		width, height, err := term.GetSize(int(f.Fd()))
		t = err == nil && width > 0 && height > 0
	}
	return printer{w: w, terminal: t, color: t && os.Getenv("NO_COLOR") == ""}
}

// linef prints one line. What the server said is cleaned of control
// characters: names of files are other people's.
func (p printer) linef(format string, args ...any) {
	fmt.Fprintln(p.w, printable(fmt.Sprintf(format, args...)))
}

// status colors a state by how it is meant.
func (p printer) status(s job.Status) string {
	color := map[job.Status]string{job.Complete: "32", job.Error: "31", job.Canceled: "33"}[s]
	if !p.color || color == "" {
		return printable(string(s))
	}
	return "\x1b[" + color + "m" + string(s) + "\x1b[0m"
}

// table prints rows in columns. The last column may hold colors: nothing is
// aligned behind it.
func (p printer) table(head []string, rows [][]string) {
	w := tabwriter.NewWriter(p.w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(head, "\t"))
	for _, r := range rows {
		fmt.Fprintln(w, strings.Join(r, "\t"))
	}
	w.Flush()
}

// printable replaces what could move a terminal's cursor or change its state.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Cf, r) {
			return '\uFFFD'
		}
		return r
	}, s)
}
