package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"muckick/xmpp"
)

const postgresInsert = `INSERT INTO recent_attempts (` + attemptColumns + `)
	SELECT *, 'pending', '', 0 FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[],
		$6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
		$14::text[], $15::text[], $16::bigint[])`

// What is concluded where: in recent_attempts, or in attempts. They are statements of
// their own, for the second has to see what is moved while it waits for the first.
const (
	postgresConcludeRecent  = `UPDATE recent_attempts` + postgresOutcome
	postgresConcludeIndexed = `UPDATE attempts` + postgresOutcome
)

const postgresOutcome = ` AS a SET outcome = c.outcome, detail = c.detail, duration_us = c.duration_us,
		real_jid = CASE WHEN c.real_jid = '' THEN a.real_jid ELSE c.real_jid END,
		real_bare = CASE WHEN c.real_jid = '' THEN a.real_bare ELSE c.real_bare END
	FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[])
		AS c (id, outcome, detail, duration_us, real_jid, real_bare)
	WHERE a.id = c.id AND a.outcome IN ('pending', 'unknown', c.outcome)
	RETURNING a.id`

// postgresIndex moves what has ended. Replicas that do the same at the same time take
// other rows.
const postgresIndex = `
	WITH ended AS (SELECT id FROM recent_attempts WHERE outcome <> 'pending' ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED),
		moved AS (DELETE FROM recent_attempts WHERE id IN (SELECT id FROM ended) RETURNING ` + attemptColumns + `)
	INSERT INTO attempts (` + attemptColumns + `) SELECT ` + attemptColumns + ` FROM moved`

// commit implements committer. All statements travel together and run in one
// implicit transaction, so a batch costs one round trip.
func (b *postgresBackend) commit(ctx context.Context, batch []*record) error {
	var ids, kinds, replicas, actors, actorIDs, addresses, rooms, nicks, reals, bares, reasons, actions, effects, jobs []string
	var times, steps []int64
	var known, unknown postgresConclusions
	for _, r := range batch {
		if a := r.intent; a != nil {
			ids, times = append(ids, string(r.id)), append(times, micros(a.at))
			replicas = append(replicas, a.replica)
			kinds, actors = append(kinds, string(a.Actor.Kind)), append(actors, a.Actor.Name)
			actorIDs, addresses = append(actorIDs, a.Actor.ID), append(addresses, a.Address)
			rooms, nicks = append(rooms, a.Room), append(nicks, a.Nick)
			reals, bares = append(reals, a.RealJID), append(bares, xmpp.BareJID(a.RealJID))
			reasons, actions = append(reasons, a.Reason), append(actions, string(a.Action))
			effects, jobs = append(effects, string(a.Effect)), append(jobs, string(a.Job))
			steps = append(steps, int64(a.Step))
			r.place = 1 // the key is all that it takes to find the row
			continue
		}
		if r.place != 0 {
			known.add(r)
		} else {
			unknown.add(r)
		}
	}

	var statements pgx.Batch
	if len(ids) > 0 {
		statements.Queue(postgresInsert, ids, times, replicas, kinds, actors, actorIDs, addresses,
			rooms, nicks, reals, bares, reasons, actions, effects, jobs, steps)
	}
	known.queue(&statements, postgresConcludeRecent)
	unknown.queue(&statements, postgresConcludeRecent, postgresConcludeIndexed)
	return b.audit.SendBatch(ctx, &statements).Close()
}

// postgresConclusions are the parameters of postgresOutcome.
type postgresConclusions struct {
	records                              []*record
	ids, outcomes, details, reals, bares []string
	durations                            []int64
}

func (p *postgresConclusions) add(r *record) {
	c := r.conclusion
	p.records = append(p.records, r)
	p.ids, p.outcomes = append(p.ids, string(r.id)), append(p.outcomes, outcomeCode(c.Outcome))
	p.details, p.durations = append(p.details, c.Detail), append(p.durations, c.Duration.Microseconds())
	p.reals, p.bares = append(p.reals, c.RealJID), append(p.bares, xmpp.BareJID(c.RealJID))
}

// queue adds the statements to a batch, if there is anything to conclude.
func (p *postgresConclusions) queue(statements *pgx.Batch, texts ...string) {
	if len(p.records) == 0 {
		return
	}
	for _, text := range texts {
		statements.Queue(text, p.ids, p.outcomes, p.details, p.durations, p.reals, p.bares).Query(p.match)
	}
}

// match notes which records changed a row.
func (p *postgresConclusions) match(rows pgx.Rows) error {
	var id string
	_, err := pgx.ForEachRow(rows, []any{&id}, func() error {
		p.records[slices.Index(p.ids, id)].matched = true
		return nil
	})
	return err
}

// index implements backend.
func (b *postgresBackend) index(ctx context.Context, limit int) (moved int64, err error) {
	err = pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL synchronous_commit = off`); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, postgresIndex, limit)
		moved = tag.RowsAffected()
		return err
	})
	if err != nil {
		return 0, err
	}
	if b.toVacuum.Add(moved) < postgresVacuumAt {
		return moved, nil
	}
	b.toVacuum.Store(0)
	_, err = b.pool.Exec(ctx, `VACUUM (SKIP_LOCKED) recent_attempts`)
	return moved, err
}
