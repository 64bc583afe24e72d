package catalog

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/everframe/everframe/job"
)

// Slot says whether a job waits for, holds or has given back one of the slots
// of its pipeline.
type Slot string

// The slots, in the order a job takes them. Claimed and Running count against
// the pipeline's limit.
const (
	Waiting Slot = "waiting" // in the queue
	Claimed Slot = "claimed" // taken from the queue; its workflow is being told
	Running Slot = "running" // its workflow is known to work
	Done    Slot = "done"    // the record is final
)

// Record is a job as the catalog has it.
type Record struct {
	Job             job.Job
	Position        int64  // in the order of submission, from 1; with gaps
	WorkflowID      string // in Temporal
	Token           string // the client's; empty when it gave none
	Slot            Slot
	Sequence        int64           // of the update that wrote Job; 0 = as submitted
	Request         json.RawMessage // the body of CreateJob: the workflow's input
	SubmittedMillis int64           // since 1970
	ClaimedMillis   int64           // 0 = not yet
	FinishedMillis  int64           // 0 = not yet
}

func scanRecord(row scanner) (Record, error) {
	var (
		r            Record
		token        sql.NullString
		request, doc string
	)
	err := row.Scan(&r.Job.ID, &r.Position, &r.WorkflowID, &token, &r.Slot, &r.Sequence,
		&request, &doc, &r.SubmittedMillis, &r.ClaimedMillis, &r.FinishedMillis)
	if err != nil {
		return Record{}, err
	}
	r.Token, r.Request = token.String, json.RawMessage(request)
	id := r.Job.ID
	r.Job = job.Job{}
	if err := json.Unmarshal([]byte(doc), &r.Job); err != nil {
		return Record{}, fmt.Errorf("record of job %s: %w", id, err)
	}
	return r, nil
}

// Pipeline is a pipeline as the catalog has it.
type Pipeline struct {
	job.Pipeline
	Position      int64 // in the order of creation, from 1; with gaps
	MaxActive     int   // jobs at once; 0 = the default given to Claim
	CreatedMillis int64 // since 1970
}

func scanPipeline(row scanner) (Pipeline, error) {
	var (
		p      Pipeline
		status job.PipelineStatus
		doc    string
	)
	if err := row.Scan(&p.Position, &status, &p.MaxActive, &doc, &p.CreatedMillis); err != nil {
		return Pipeline{}, err
	}
	if err := json.Unmarshal([]byte(doc), &p.Pipeline); err != nil {
		return Pipeline{}, fmt.Errorf("record of a pipeline: %w", err)
	}
	p.Status = status
	return p, nil
}
