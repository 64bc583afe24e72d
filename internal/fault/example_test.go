package fault_test

import (
	"fmt"
	"io"

	"github.com/everframe/everframe/internal/fault"
)

// The operator reads the whole error, the customer only what was meant for
// them; the kind tells the edges what to do.
func Example() {
	var err error = fault.New("storage.Open", fault.NotFound, 0, "The file is not there.").On("in/a.mp4").Because(io.ErrUnexpectedEOF)
	err = fmt.Errorf("input 1: %w", err)

	fmt.Println("log:     ", err)
	fmt.Println("customer:", fault.CodeOf(err), fault.Text(err))
	fmt.Println("retry:   ", fault.KindOf(err), fault.KindOf(err).Retryable())
	// Output:
	// log:      input 1: storage.Open in/a.mp4: The file is not there.: unexpected EOF
	// customer: 3001 The file is not there.
	// retry:    NotFound false
}
