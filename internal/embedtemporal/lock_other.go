//go:build !unix

package embedtemporal

import (
	"io"
	"os"

	"github.com/everframe/everframe/internal/fault"
)

// lockFile only creates the file: without flock a second server on the same
// database is not noticed.
func lockFile(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	return f, fault.Wrap(err, "embedtemporal.Start", fault.Denied)
}
