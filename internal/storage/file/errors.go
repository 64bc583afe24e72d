package file

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
)

// failed gives a file system's error its kind. What is neither a name, nor a
// permission, nor a missing file (a full disk, a stale mount, an I/O error)
// may be better later: Unavailable.
func failed(op string, ref media.Ref, err error, writing bool) error {
	denied := storage.NotReadable
	if writing {
		denied = storage.NotWritable
	}
	var errno syscall.Errno
	switch {
	case !writing && missing(err):
		return storage.NoObject(op, ref).Because(err)
	case errors.Is(err, syscall.ENAMETOOLONG):
		return storage.BadName(op, ref, "it is too long").Because(err)
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR):
		return storage.BadName(op, ref, "another object is in its way").Because(err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ELOOP), errors.Is(err, syscall.EROFS):
		return denied(op, ref).Because(err)
	case !errors.As(err, &errno):
		// Not the kernel's: os.Root refused to follow a link out of the bucket.
		return denied(op, ref).Because(err)
	default:
		return storage.Down(op, ref, err)
	}
}

// missing tells whether a path does not exist; one below a file does not.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
