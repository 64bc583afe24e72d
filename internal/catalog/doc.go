// Package catalog is the memory of what was asked: pipelines, the jobs that
// wait in them, and what came of each. Temporal knows what is running; lists,
// order, admission and the six months of reads are here, as plain rows in
// SQLite or PostgreSQL.
//
//	c, err := catalog.Open(ctx, "sqlite:///var/lib/everframe/catalog.db")
//	_, _, err = c.Submit(ctx, catalog.Submission{Token: token, Request: body, Job: j})
//	claimed, err := c.Claim(ctx, j.PipelineID, 20, nowMillis) // start each in Temporal
//	...
//	_, err = c.Update(ctx, record, 7) // what the workflow reports
//
// A job occupies one of the slots of its pipeline in turn (see [Slot]): it
// waits in the order of submission, is claimed while the pipeline has room,
// runs once its workflow is known to, and is done when its record is final.
//
// One implementation serves both databases: same tables, same queries (see
// queries.go for the two words in which they differ). Hence there is no
// interface here; packages that need a part of [Catalog] declare it where
// they use it, and tests use a SQLite file ([catalogtest]).
//
// The package reads no clock and makes no ids: callers pass both. A job's
// record is data to it, but for the few columns copied out of it.
//
// [catalogtest]: https://pkg.go.dev/github.com/everframe/everframe/internal/catalog/catalogtest
package catalog
