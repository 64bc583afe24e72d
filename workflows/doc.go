// Package workflows holds the order of a job's steps, their retries and their
// cancellation, as Temporal workflows. It decides nothing about video: it walks
// a recorded plan.
//
// [Transcode] is the job. Its input is the JSON of Elastic Transcoder's
// CreateJob, its result the Job the API would return, so a job can be started
// by anything that speaks Temporal:
//
//	temporal workflow start --type Transcode --task-queue everframe --input-file job.json
//	temporal workflow query --workflow-id ID --type status
//	temporal workflow signal --workflow-id ID --name cancel
//
// A Transcode workflow first registers itself in the catalog and then waits for
// the signal "admit", which the pipeline's dispatcher sends when it is the
// job's turn. [Encode] is its child: a group of outputs from one source.
//
// The code is deterministic; histories of every version are replayed in the
// tests.
package workflows
