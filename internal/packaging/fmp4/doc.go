// Package fmp4 joins fragmented MP4 files that hold consecutive pieces of one
// stream into one file, and tells what an MP4 file holds.
//
// The join is exact: every time stamp of the result is an integer computed
// from the pieces' own sample durations, never a rounded second, so that the
// packets of a file encoded in pieces equal those of a file encoded in one go.
//
//	j := fmp4.NewJoiner(w)
//	for _, chunk := range chunks { // each an io.ReadSeeker
//		if _, err := j.Add(chunk); err != nil {
//			return err // errors.Is(err, fmp4.ErrMismatch): encode in one pass instead
//		}
//	}
//	report, err := j.Report()
//
// Sample data is copied from reader to writer and never held in memory; of the
// rest, one fragment's header at a time. Files are judged as they are read:
// whatever bytes come in, the answer is a result or an error.
//
// The package neither encodes nor encrypts, and writes progressive MP4 for no
// one: that is a remux by ffmpeg.
package fmp4
