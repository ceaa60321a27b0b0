package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

const postgresInsert = insertAttempt + `
	SELECT *, 'pending', '', 0 FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[],
		$6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
		$14::text[], $15::text[])`

const postgresConclude = `
	UPDATE attempts AS a SET outcome = c.outcome, detail = c.detail, duration_us = c.duration_us,
		real_jid = CASE WHEN c.real_jid = '' THEN a.real_jid ELSE c.real_jid END,
		real_bare = CASE WHEN c.real_jid = '' THEN a.real_bare ELSE c.real_bare END
	FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[])
		AS c (id, outcome, detail, duration_us, real_jid, real_bare)
	WHERE a.id = c.id AND a.outcome IN ('pending', 'unknown', c.outcome)
	RETURNING a.id`

// commit implements committer. Both statements travel together and run in one
// implicit transaction, so a batch costs one round trip and one flush.
func (b *postgresBackend) commit(ctx context.Context, batch []*record) error {
	conclusions := make(map[string]*record)
	var ids, kinds, replicas, actors, actorIDs, addresses, rooms, nicks, reals, bares, reasons, actions, effects, jobs []string
	var times []int64
	var concluded, outcomes, details, knownReals, knownBares []string
	var durations []int64
	for _, r := range batch {
		if a := r.intent; a != nil {
			ids, times = append(ids, string(r.id)), append(times, micros(a.at))
			replicas = append(replicas, a.replica)
			kinds, actors = append(kinds, string(a.Actor.Kind)), append(actors, a.Actor.Name)
			actorIDs, addresses = append(actorIDs, a.Actor.ID), append(addresses, a.Address)
			rooms, nicks = append(rooms, a.Room), append(nicks, a.Nick)
			reals, bares = append(reals, a.RealJID), append(bares, bare(a.RealJID))
			reasons, actions = append(reasons, a.Reason), append(actions, string(a.Action))
			effects, jobs = append(effects, string(a.Effect)), append(jobs, string(a.Job))
			continue
		}
		c := r.conclusion
		conclusions[string(r.id)] = r
		concluded, outcomes = append(concluded, string(r.id)), append(outcomes, outcomeCode(c.Outcome))
		details, durations = append(details, c.Detail), append(durations, c.Duration.Microseconds())
		knownReals, knownBares = append(knownReals, c.RealJID), append(knownBares, bare(c.RealJID))
	}

	var statements pgx.Batch
	if len(ids) > 0 {
		statements.Queue(postgresInsert, ids, times, replicas, kinds, actors, actorIDs, addresses,
			rooms, nicks, reals, bares, reasons, actions, effects, jobs)
	}
	if len(concluded) > 0 {
		statements.Queue(postgresConclude, concluded, outcomes, details, durations, knownReals, knownBares).
			Query(func(rows pgx.Rows) error {
				var id string
				_, err := pgx.ForEachRow(rows, []any{&id}, func() error {
					conclusions[id].matched = true
					return nil
				})
				return err
			})
	}
	return b.audit.SendBatch(ctx, &statements).Close()
}
