package embedtemporal

import (
	"io"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/filelock"
)

// claimFile claims a database's lock. Two servers on one database would fight
// for the shard and lose each other's tasks: that is a Conflict.
func claimFile(path string) (io.Closer, error) {
	lock, ok, err := filelock.Try(path)
	if err == nil && !ok {
		err = fault.New("embedtemporal.Start", fault.Conflict, 0,
			"another server is running on this data (%s is locked); stop it or choose another data directory", path)
	}
	return lock, err
}
