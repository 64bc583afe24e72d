package catalog

import (
	"context"
	"database/sql"

	"github.com/everframe/everframe/job"
)

// What follows serves the schedule that mends what a crash has left.

// ClaimsBefore returns up to limit jobs that were claimed before that moment
// (milliseconds since 1970) and have not started since, the oldest first: who
// claimed them has died, or is slow. Telling their workflows again is safe.
func (c *Catalog) ClaimsBefore(ctx context.Context, millis int64, limit int) ([]Record, error) {
	records, err := all(ctx, c.db.reading(), scanRecord, qClaimsBefore, millis, limit)
	return records, failed("catalog.ClaimsBefore", err)
}

// Running lists the running jobs of all pipelines by submission. The token of
// the next page is empty on the last one, and stays good when its job is done.
// Errors: Invalid for a token that is no job's id.
func (c *Catalog) Running(ctx context.Context, page Page) (records []Record, next string, err error) {
	return list(ctx, c, "catalog.Running", page, qJobPosition, scanRecord, qRunning)
}

// Queues returns the Active pipelines in which a job waits.
func (c *Catalog) Queues(ctx context.Context) ([]job.ID, error) {
	ids, err := all(ctx, c.db.reading(), func(row scanner) (id job.ID, err error) {
		return id, row.Scan(&id)
	}, qQueues)
	return ids, failed("catalog.Queues", err)
}

// OldestActiveStart returns when the job was claimed that holds its slot for
// the longest, in milliseconds since 1970, and false if no job holds one.
// Intermediate results last used before belong to no running job.
func (c *Catalog) OldestActiveStart(ctx context.Context) (millis int64, ok bool, err error) {
	var oldest sql.NullInt64
	err = c.db.reading().row(ctx, qOldestActive, nil, &oldest)
	return oldest.Int64, oldest.Valid, failed("catalog.OldestActiveStart", err)
}
