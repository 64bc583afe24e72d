package plan

import "github.com/everframe/everframe/internal/media"

// Options are what the planner may know of the place it plans for.
type Options struct {
	// Slots is how many encoder processes the worker pool runs at once.
	// Zero counts as 1.
	Slots int

	// ChunkLength is the longest a chunk should be. Zero means 60 s, or ten of
	// the source's GOPs if that is longer. A shorter chunk costs CPU (each one
	// decodes from an earlier key frame) and buys less work lost in a crash.
	ChunkLength media.Timestamp

	// WholeBelow is the duration up to which a source is encoded in one piece.
	// Zero means 120 s: below it the pieces cost more than they bring.
	WholeBelow media.Timestamp

	// Buckets are where outputs and thumbnails go: the pipeline's.
	ContentBucket, ThumbnailBucket string
}

var defaultChunkLength = media.Seconds(60, 1)

// Whole returns the duration below which a source is encoded in one piece.
func (o Options) Whole() media.Timestamp {
	if o.WholeBelow.Sign() <= 0 {
		return media.Seconds(120, 1)
	}
	return o.WholeBelow
}

func (o Options) withDefaults() Options {
	o.Slots = max(o.Slots, 1)
	o.WholeBelow = o.Whole()
	return o
}
