package fmp4_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/everframe/everframe/internal/packaging/fmp4"
)

// Chunks may be opened one at a time; an ErrMismatch sends the caller back to
// a single pass.
func ExampleJoiner() {
	chunks := []io.ReadSeeker{bytes.NewReader([]byte("not a chunk"))}
	j := fmp4.NewJoiner(io.Discard)
	for _, c := range chunks {
		if _, err := j.Add(c); err != nil {
			fmt.Println("mismatch:", errors.Is(err, fmp4.ErrMismatch))
			return
		}
	}
	report, err := j.Report()
	fmt.Println(report.Samples, err)
	// Output: mismatch: false
}
