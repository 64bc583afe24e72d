package bench_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestMain prints what the benchmarks noted, and removes what they share.
func TestMain(m *testing.M) {
	code := m.Run()
	results.print()
	removeShared()
	os.Exit(code)
}

// results are the figures of this run, in the order in which they first came.
// Benchmarks of a package run one after the other, so nothing guards it.
var results table

type table []*figure

// figure is one measured thing.
type figure struct {
	name, unit string
	target     float64 // 0 = none
	values     []float64
	loads      []float64
}

// enough is how many observations of a figure a run takes: the median of five
// is what is published, and some of them take minutes.
const enough = 5

// again tells whether a benchmark that is run several times has something left
// to measure. It skips one that has not.
func again(b *testing.B) {
	b.Helper()
	prefix := strings.TrimPrefix(b.Name(), "Benchmark") + ": "
	for _, f := range results {
		if strings.HasPrefix(f.name, prefix) && len(f.values) >= enough {
			b.Skipf("measured %d times", len(f.values))
		}
	}
}

// note adds an observation to the table and to the benchmark's own line. unit
// must not contain a space; target is the most it should be, 0 = no target.
func note(b *testing.B, what, unit string, value, target float64) {
	b.Helper()
	b.ReportMetric(value, strings.ReplaceAll(what, " ", "-")+"-"+unit)
	name := strings.TrimPrefix(b.Name(), "Benchmark") + ": " + what
	i := slices.IndexFunc(results, func(f *figure) bool { return f.name == name })
	if i < 0 {
		i = len(results)
		results = append(results, &figure{name: name, unit: unit, target: target})
	}
	results[i].values = append(results[i].values, value)
	results[i].loads = append(results[i].loads, load())
	b.ReportMetric(0, "ns/op") // the loop also sets up and waits: its time says nothing
}

func (t table) print() {
	if len(t) == 0 {
		return
	}
	fmt.Printf("\n| measured | median | range | n | target | load |\n|---|---|---|---|---|---|\n")
	for _, f := range t {
		target := "–"
		if f.target > 0 {
			target = fmt.Sprintf("≤ %s", digits(f.target))
		}
		v := slices.Sorted(slices.Values(f.values))
		fmt.Printf("| %s | %s %s | %s – %s | %d | %s | %.1f |\n", f.name, digits(median(v)), f.unit,
			digits(v[0]), digits(v[len(v)-1]), len(v), target, median(f.loads))
	}
	fmt.Println()
}

// median returns the middle of v, or the mean of the middle two.
func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	n := len(v)
	return (v[(n-1)/2] + v[n/2]) / 2
}

// digits prints three significant ones.
func digits(x float64) string {
	switch {
	case x >= 100 || x <= -100:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case x >= 10 || x <= -10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 3, 64)
}

// load returns the machine's load average of the last minute.
func load() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), " ")
	x, _ := strconv.ParseFloat(first, 64) // 0 says as much as an error would
	return x
}
