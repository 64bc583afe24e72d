package catalog

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/everframe/everframe/internal/fault"
)

// failed gives a database's error its kind; a fault keeps its own. What says
// that the database cannot serve now is Unavailable, what says that we asked
// wrongly is Internal.
func failed(op string, err error) error {
	var (
		own  *fault.Error
		pg   *pgconn.PgError
		lite *sqlite.Error
	)
	switch {
	case err == nil, errors.As(err, &own):
		return err
	case errors.Is(err, context.Canceled):
		return fault.Wrap(err, op, fault.Canceled)
	case errors.Is(err, sql.ErrNoRows):
		return fault.Wrap(err, op, fault.NotFound)
	case errors.As(err, &pg):
		return fault.Wrap(err, op, postgresKind(pg.Code))
	case errors.As(err, &lite):
		return fault.Wrap(err, op, sqliteKind(lite.Code()))
	default:
		return fault.Wrap(err, op, fault.Unavailable) // the connection, or its absence
	}
}

// postgresKind reads the class of an SQLSTATE, its first two characters.
func postgresKind(state string) fault.Kind {
	const readOnly = "25006" // a standby, which may be promoted
	if state == readOnly {
		return fault.Unavailable
	}
	if len(state) < 2 {
		return fault.Internal
	}
	switch state[:2] {
	case "08", // connection
		"40", // deadlock or serialization: a retry helps by definition
		"53", // disk full, out of memory, too many connections
		"55", // lock not available
		"57", // shutting down
		"58": // I/O
		return fault.Unavailable
	default:
		return fault.Internal
	}
}

// sqliteKind reads the primary code, the low byte of an extended one.
func sqliteKind(code int) fault.Kind {
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT:
		return fault.Unavailable
	default:
		return fault.Internal
	}
}
