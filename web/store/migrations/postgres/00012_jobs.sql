-- +goose Up
-- Which step of its job an attempt is, from 1 on; 0 for none. Of two processes that
-- begin with one at the same time, one is refused.
ALTER TABLE attempts ADD COLUMN step BIGINT NOT NULL DEFAULT 0;
ALTER TABLE recent_attempts ADD COLUMN step BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX recent_attempts_step ON recent_attempts (job, step) WHERE step > 0;

CREATE TABLE plans (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    expires BIGINT NOT NULL,
    job     TEXT NOT NULL, -- that it has become; empty for none
    body    TEXT NOT NULL  -- JSON
);
CREATE INDEX plans_expires ON plans (expires) WHERE job = '';

CREATE TABLE jobs (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    plan         TEXT NOT NULL,
    actor_kind   TEXT NOT NULL,
    actor_id     TEXT NOT NULL,
    actor        TEXT NOT NULL,
    address      TEXT NOT NULL,
    purpose      TEXT NOT NULL,
    of_job       TEXT NOT NULL, -- that is undone or tried again
    kind         TEXT NOT NULL,
    reason       TEXT NOT NULL,
    until        BIGINT NOT NULL, -- 0: never
    way          TEXT NOT NULL,
    state        TEXT NOT NULL,
    created      BIGINT NOT NULL,
    began        BIGINT NOT NULL, -- 0: it waits
    ended        BIGINT NOT NULL, -- 0: it has not
    stopper_kind TEXT NOT NULL,
    stopper_id   TEXT NOT NULL,
    stopper      TEXT NOT NULL,
    note         TEXT NOT NULL,
    total        BIGINT NOT NULL,
    settled      BIGINT NOT NULL, -- how many targets have an outcome
    replica      TEXT NOT NULL  -- that works on it; empty for none
);
CREATE INDEX jobs_open ON jobs (id) WHERE ended = 0;
CREATE INDEX jobs_of ON jobs (of_job) WHERE of_job <> '';

CREATE TABLE job_targets (
    job     TEXT COLLATE "C" NOT NULL,
    n       BIGINT NOT NULL,
    room    TEXT NOT NULL,
    body    TEXT NOT NULL, -- JSON
    outcome TEXT NOT NULL,
    detail  TEXT NOT NULL,
    at      BIGINT NOT NULL, -- 0: it has no outcome
    settled BIGINT NOT NULL, -- counts up with the outcomes of the job; 0: it has none
    PRIMARY KEY (job, n)
);
CREATE INDEX job_targets_settled ON job_targets (job, settled) WHERE settled > 0;
CREATE INDEX job_targets_counts ON job_targets (job, room, outcome);

CREATE TABLE exemptions (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account    TEXT NOT NULL, -- a pattern
    scope      TEXT NOT NULL,
    why        TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id   TEXT NOT NULL,
    actor      TEXT NOT NULL,
    at         BIGINT NOT NULL
);

-- +goose Down
DROP TABLE exemptions;
DROP TABLE job_targets;
DROP TABLE jobs;
DROP TABLE plans;
DROP INDEX recent_attempts_step;
ALTER TABLE recent_attempts DROP COLUMN step;
ALTER TABLE attempts DROP COLUMN step;
