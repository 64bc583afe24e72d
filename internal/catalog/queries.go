package catalog

import (
	"strconv"
	"strings"
)

// A dialect is what the databases disagree about. In the queries below, "?"
// stands for an argument, "{lock}" for locking the rows read until the end of
// the transaction, and "{skip}" for that, passing over rows others have locked.
// SQLite has one writer at a time and needs neither.
type dialect struct {
	name       string
	numbered   bool // $1, $2 instead of ?
	lock, skip string
}

var (
	sqliteDialect = dialect{name: "sqlite"}
	// NO KEY: submitting looks at the pipeline's row too (its foreign key does),
	// and must not wait for a claim.
	postgresDialect = dialect{name: "postgres", numbered: true, lock: " FOR NO KEY UPDATE", skip: " FOR UPDATE SKIP LOCKED"}
)

func (d dialect) rebind(query string) string {
	query = strings.NewReplacer("{lock}", d.lock, "{skip}", d.skip).Replace(query)
	if !d.numbered {
		return query
	}
	var b strings.Builder
	for i, part := range strings.Split(query, "?") {
		if i > 0 {
			b.WriteString("$" + strconv.Itoa(i))
		}
		b.WriteString(part)
	}
	return b.String()
}

// The slots in these texts are literals, not arguments: only so do the
// partial indexes apply.
const (
	jobColumns = `id, position, workflow_id, token, slot, sequence, request, doc, submitted_ms, claimed_ms, finished_ms`

	qNextPositions = `UPDATE counters SET value = value + ? WHERE name = ? RETURNING value`

	qInsertJob = `INSERT INTO jobs (id, position, workflow_id, token, pipeline_id, slot, status, sequence, request, doc, submitted_ms, claimed_ms, finished_ms)
		VALUES (?, ?, ?, ?, ?, 'waiting', ?, 0, ?, ?, ?, 0, 0) ON CONFLICT DO NOTHING`

	qJobByID       = `SELECT ` + jobColumns + ` FROM jobs WHERE id = ?`
	qJobByWorkflow = `SELECT ` + jobColumns + ` FROM jobs WHERE workflow_id = ?`
	qJobByToken    = `SELECT ` + jobColumns + ` FROM jobs WHERE token = ?`
	qJobPosition   = `SELECT position FROM jobs WHERE id = ?`

	qProgress = `UPDATE jobs SET doc = ?, status = ?, sequence = ?, slot = CASE slot WHEN 'claimed' THEN 'running' ELSE slot END
		WHERE id = ? AND sequence < ? AND slot <> 'done'`
	qFinish = `UPDATE jobs SET doc = ?, status = ?, sequence = ?, slot = 'done', finished_ms = ?
		WHERE id = ? AND sequence < ? AND slot <> 'done'`
	qForceFinish = `UPDATE jobs SET doc = ?, status = ?, sequence = sequence + 1, slot = 'done', finished_ms = ?
		WHERE id = ? AND slot <> 'done'`
	qCancelWaiting = `UPDATE jobs SET doc = ?, status = ?, sequence = sequence + 1, slot = 'done', finished_ms = ?
		WHERE id = ? AND slot = 'waiting' AND sequence = ?`

	qLockPipeline = `SELECT id FROM pipelines WHERE id = ?{lock}`
	qRoom         = `SELECT status, max_active,
			(SELECT count(*) FROM jobs WHERE pipeline_id = p.id AND slot IN ('claimed', 'running')),
			EXISTS (SELECT 1 FROM jobs WHERE pipeline_id = p.id AND slot = 'waiting')
		FROM pipelines p WHERE id = ?`
	// MATERIALIZED: PostgreSQL may run a subquery more than once, and one that
	// locks and limits would then find more rows each time.
	qClaim = `WITH oldest AS MATERIALIZED (
			SELECT id FROM jobs WHERE pipeline_id = ? AND slot = 'waiting' ORDER BY position LIMIT ?{skip})
		UPDATE jobs SET slot = 'claimed', claimed_ms = ? WHERE id IN (SELECT id FROM oldest)
		RETURNING ` + jobColumns
	qStarted = `UPDATE jobs SET slot = 'running' WHERE id = ? AND slot = 'claimed'`
	qRelease = `UPDATE jobs SET slot = 'waiting', claimed_ms = 0 WHERE id = ? AND slot = 'claimed'`

	qClaimsBefore = `SELECT ` + jobColumns + ` FROM jobs WHERE slot = 'claimed' AND claimed_ms < ? ORDER BY claimed_ms LIMIT ?`
	qOldestActive = `SELECT min(claimed_ms) FROM jobs WHERE slot IN ('claimed', 'running')`
	qQueues       = `SELECT id FROM pipelines p WHERE status = 'Active'
		AND EXISTS (SELECT 1 FROM jobs WHERE pipeline_id = p.id AND slot = 'waiting') ORDER BY position`

	pipelineColumns = `position, status, max_active, doc, created_ms`

	qInsertPipeline = `INSERT INTO pipelines (id, position, status, max_active, doc, created_ms)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
	qPipeline          = `SELECT ` + pipelineColumns + ` FROM pipelines WHERE id = ?`
	qPipelinePosition  = `SELECT position FROM pipelines WHERE id = ?`
	qSetPipelineStatus = `UPDATE pipelines SET status = ? WHERE id = ? RETURNING ` + pipelineColumns

	// Lists: "{after}" and "{order}" are put in by inOrder.
	qPipelines      = `SELECT ` + pipelineColumns + ` FROM pipelines WHERE position {after} ? ORDER BY position {order} LIMIT ?`
	qJobsByPipeline = `SELECT ` + jobColumns + ` FROM jobs WHERE pipeline_id = ? AND position {after} ? ORDER BY position {order} LIMIT ?`
	qJobsByStatus   = `SELECT ` + jobColumns + ` FROM jobs WHERE status = ? AND position {after} ? ORDER BY position {order} LIMIT ?`
	qRunning        = `SELECT ` + jobColumns + ` FROM jobs WHERE slot = 'running' AND position {after} ? ORDER BY position {order} LIMIT ?`
)

// inOrder completes the query of a list.
func inOrder(query string, ascending bool) string {
	after, order := "<", "DESC"
	if ascending {
		after, order = ">", "ASC"
	}
	return strings.NewReplacer("{after}", after, "{order}", order).Replace(query)
}

// queries are all there are, as they are run: the lists in both orders.
func queries() []string {
	all := []string{
		qNextPositions, qInsertJob, qJobByID, qJobByWorkflow, qJobByToken, qJobPosition,
		qProgress, qFinish, qForceFinish, qCancelWaiting, qLockPipeline, qRoom, qClaim, qStarted, qRelease,
		qClaimsBefore, qOldestActive, qQueues, qInsertPipeline, qPipeline, qPipelinePosition, qSetPipelineStatus,
	}
	for _, q := range []string{qPipelines, qJobsByPipeline, qJobsByStatus, qRunning} {
		all = append(all, inOrder(q, true), inOrder(q, false))
	}
	return all
}
