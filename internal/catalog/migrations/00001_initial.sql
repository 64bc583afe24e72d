-- +goose Up
-- Both databases read this file: only types and clauses known to both.
-- Times are milliseconds since 1970; documents are JSON as the API prints it.

-- The last position given to a job or a pipeline. A row and not a sequence:
-- its lock makes the order of positions the order of commits, so that neither
-- a queue nor a list ever has one appear before the place it has reached.
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('job', 0), ('pipeline', 0);

CREATE TABLE pipelines (
    id         TEXT PRIMARY KEY,
    position   BIGINT NOT NULL UNIQUE, -- in order of creation
    status     TEXT   NOT NULL,        -- counts, whatever doc says
    max_active BIGINT NOT NULL,        -- jobs at once; 0 = the service's default
    doc        TEXT   NOT NULL,
    created_ms BIGINT NOT NULL
);

CREATE TABLE jobs (
    id           TEXT PRIMARY KEY,
    position     BIGINT NOT NULL UNIQUE, -- in order of submission
    workflow_id  TEXT   NOT NULL UNIQUE,
    token        TEXT   UNIQUE,          -- the client's; NULL when it gave none
    pipeline_id  TEXT   NOT NULL REFERENCES pipelines (id),
    slot         TEXT   NOT NULL,        -- waiting, claimed, running, done
    status       TEXT   NOT NULL,        -- of doc
    sequence     BIGINT NOT NULL,        -- of the update that wrote doc; 0 = the submission
    request      TEXT   NOT NULL,
    doc          TEXT   NOT NULL,
    submitted_ms BIGINT NOT NULL,
    claimed_ms   BIGINT NOT NULL,        -- 0 = not yet, as below
    finished_ms  BIGINT NOT NULL
);

-- Lists, in either order.
CREATE INDEX jobs_by_pipeline ON jobs (pipeline_id, position);
CREATE INDEX jobs_by_status ON jobs (status, position);

-- Admission and repair. Partial: a done job is in none of them, so they stay
-- as small as the queue, and the last three as small as what runs.
CREATE INDEX jobs_waiting ON jobs (pipeline_id, position) WHERE slot = 'waiting';
CREATE INDEX jobs_active ON jobs (pipeline_id, claimed_ms) WHERE slot IN ('claimed', 'running');
CREATE INDEX jobs_claimed ON jobs (claimed_ms) WHERE slot = 'claimed';
CREATE INDEX jobs_running ON jobs (position) WHERE slot = 'running';
