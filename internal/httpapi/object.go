package httpapi

import (
	"context"
	"errors"
	"io"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
)

// object reads an object of a store from wherever it was last told to, as
// [http.ServeContent] wants it. It opens the store when it is first read.
type object struct {
	ctx   context.Context
	files Files
	ref   media.Ref
	size  int64 // bytes
	at    int64 // where the next Read begins

	open io.ReadCloser // positioned at at; nil if none
	err  error         // the first failure, for the log: ServeContent drops it
}

func (o *object) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += o.at
	case io.SeekEnd:
		offset += o.size
	}
	if offset < 0 {
		return 0, fault.New("httpapi.object", fault.Invalid, 0, "negative offset %d", offset)
	}
	if offset != o.at && o.open != nil {
		o.fail(o.open.Close())
		o.open = nil
	}
	o.at = offset
	return offset, nil
}

func (o *object) Read(p []byte) (n int, err error) {
	if o.open == nil {
		if o.open, err = o.files.Open(o.ctx, o.ref, o.at, -1); err != nil {
			o.open = nil
			return 0, o.fail(err)
		}
	}
	n, err = o.open.Read(p)
	o.at += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		o.fail(err)
	}
	return n, err
}

func (o *object) fail(err error) error {
	if err != nil && o.err == nil && o.ctx.Err() == nil { // a client that left is no failure
		o.err = err
	}
	return err
}

// close ends reading and returns what went wrong.
func (o *object) close() error {
	if o.open != nil {
		o.fail(o.open.Close())
	}
	return o.err
}
