package catalog

import (
	"context"
	"database/sql"
	"errors"

	"github.com/everframe/everframe/internal/fault"
)

// database is two pools of connections and the statements prepared on them.
// In PostgreSQL the pools are one. In SQLite, where there can be one writer
// only, the writing pool has one connection: writers queue up here, in order,
// and not at the file's lock, which is polled.
type database struct {
	dialect     dialect
	write, read *sql.DB

	statements map[statement]*sql.Stmt // never changed after prepare
}

type statement struct {
	pool  *sql.DB
	query string
}

// prepare prepares all queries, when the tables are there. All at once,
// because a transaction that holds SQLite's one writing connection would wait
// for ever for another to prepare on.
func (d *database) prepare(ctx context.Context) error {
	d.statements = map[statement]*sql.Stmt{}
	for _, pool := range []*sql.DB{d.write, d.read} {
		for _, query := range queries() {
			stmt, err := pool.PrepareContext(ctx, d.dialect.rebind(query))
			if err != nil {
				return err
			}
			d.statements[statement{pool, query}] = stmt
		}
	}
	return nil
}

func (d *database) close() error {
	if d.read == d.write {
		return d.write.Close()
	}
	// The writer last: it then moves SQLite's log into the main file.
	return errors.Join(d.read.Close(), d.write.Close())
}

// A session runs queries: on their own, or inside a transaction.
type session struct {
	db   *database
	pool *sql.DB
	tx   *sql.Tx // nil = none
}

func (d *database) reading() session { return session{db: d, pool: d.read} }
func (d *database) writing() session { return session{db: d, pool: d.write} }

func (s session) statement(ctx context.Context, query string) *sql.Stmt {
	stmt := s.db.statements[statement{s.pool, query}]
	if s.tx != nil {
		stmt = s.tx.StmtContext(ctx, stmt)
	}
	return stmt
}

// exec returns how many rows the query changed.
func (s session) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := s.statement(ctx, query).ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// row scans the one row of a query, or returns sql.ErrNoRows.
func (s session) row(ctx context.Context, query string, args []any, into ...any) error {
	return s.statement(ctx, query).QueryRowContext(ctx, args...).Scan(into...)
}

// scanner is a *sql.Row or a *sql.Rows.
type scanner interface{ Scan(into ...any) error }

// one reads the one row of a query, or returns sql.ErrNoRows.
func one[T any](ctx context.Context, s session, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	return scan(s.statement(ctx, query).QueryRowContext(ctx, args...))
}

// all reads the rows of a query.
func all[T any](ctx context.Context, s session, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := s.statement(ctx, query).QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // Err tells what matters
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// transaction runs do in a writing transaction, which is undone when do
// fails. In SQLite it has the file to itself from the start. do must not use
// any other session: the pool may have no second connection.
func (d *database) transaction(ctx context.Context, op string, do func(session) error) error {
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return failed(op, err)
	}
	if err := do(session{db: d, pool: d.write, tx: tx}); err != nil {
		if e := tx.Rollback(); e != nil && !errors.Is(e, sql.ErrTxDone) {
			err = errors.Join(err, e)
		}
		return failed(op, err)
	}
	if err := tx.Commit(); err != nil {
		return failed(op, err)
	}
	return nil
}

// notFound is kind NotFound: no pipeline or job has that id. The API's text
// needs the account, so httpapi writes it.
func notFound(op, id string) error {
	return (&fault.Error{Op: op, Kind: fault.NotFound}).On(id)
}
