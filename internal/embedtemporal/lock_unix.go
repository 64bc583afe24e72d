//go:build unix

package embedtemporal

import (
	"errors"
	"io"
	"os"
	"syscall"

	"github.com/everframe/everframe/internal/fault"
)

// lockFile claims path for this process until it is closed or the process
// ends, however it ends. Two servers on one database would fight for the shard
// and lose each other's tasks. A claimed path is a Conflict.
func lockFile(path string) (io.Closer, error) {
	const op = "embedtemporal.Start"
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fault.Wrap(err, op, fault.Denied)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	_ = f.Close() // nothing was written
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fault.New(op, fault.Conflict, 0,
			"another server is running on this data (%s is locked); stop it or choose another data directory", path)
	}
	return nil, fault.Wrap(err, op, fault.Unavailable)
}
