package embedtemporal

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"

	"github.com/everframe/everframe/internal/fault"
)

// pragmas of the server's connection to the file.
//
// WAL with synchronous=1 (NORMAL) loses nothing when a process dies and may
// lose the last commits, never more, when the power does; it is 2 to 4 times
// faster than the server's own default.
var pragmas = map[string]string{
	"journal_mode": "wal",
	"synchronous":  "1",
	"busy_timeout": "10000", // ms
}

// store is the prepared database file and our claim on it.
type store struct {
	file string
	sql  *config.SQL
	lock io.Closer
}

// openStore claims the file, creates or updates its schema, and sees that the
// namespace is there with its search attributes. All of it happens before the
// server starts, so that its caches never hold an earlier state.
func openStore(ctx context.Context, o Options) (*store, error) {
	const op = "embedtemporal.Start"
	if err := os.MkdirAll(filepath.Dir(o.File), 0o755); err != nil {
		return nil, fault.Wrap(err, op, fault.Denied)
	}
	lock, err := claimFile(o.File + ".lock")
	if err != nil {
		return nil, err
	}
	st := &store{file: o.File, lock: lock, sql: &config.SQL{
		PluginName:   sqlite.PluginName,
		DatabaseName: escapedPath(o.File),
		// The server opens one connection for all its services. With more,
		// writers meet as SQLITE_BUSY and throughput falls to a fifth.
		MaxConns:          1,
		ConnectAttributes: map[string]string{"mode": "rwc"},
	}}
	for k, v := range pragmas {
		st.sql.ConnectAttributes[k] = v
	}
	if err := st.prepare(ctx, o); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return st, nil
}

func (st *store) prepare(ctx context.Context, o Options) error {
	if err := checkHeader(st.file); err != nil {
		return err
	}
	db, err := openDB(st.file)
	if err != nil {
		return fault.Wrap(err, "embedtemporal.Start", fault.Internal)
	}
	defer db.Close()
	if err := ensureSchema(ctx, db, st.file, o.Logger); err != nil {
		return err
	}
	return ensureNamespace(ctx, db, o)
}

// close folds the write-ahead log into the file, so that copying the one file
// of a stopped server is a backup, and lets others have it.
//
// The server's SQLite plugin keeps its connection until the process ends. So
// the file must not be replaced by another within the life of a process.
func (st *store) close() error {
	var err error
	if db, e := openDB(st.file); e == nil {
		_, err = db.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
		err = errors.Join(err, db.Close())
	}
	return errors.Join(err, st.lock.Close())
}

// openDB opens the file for ourselves, in the journal mode it has: another
// program's database must not be switched to WAL before we have looked at it.
func openDB(file string) (*sql.DB, error) {
	q := url.Values{"_pragma": {"busy_timeout=" + pragmas["busy_timeout"], "synchronous=" + pragmas["synchronous"]}}
	return open("file:" + escapedPath(file) + "?" + q.Encode())
}

func openMemoryDB() (*sql.DB, error) { return open("file::memory:") }

func open(dsn string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // a database in memory lives as long as its connection
	return db, nil
}

// escapedPath makes a path safe inside the file: URI that SQLite opens: a "?"
// or "%" in a directory name would otherwise end or change it.
func escapedPath(file string) string {
	return (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath()
}

// checkHeader refuses a file that cannot be SQLite before SQLite touches it.
// A missing or empty file passes: it becomes a new database.
func checkHeader(file string) error {
	const op = "embedtemporal.Start"
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fault.Wrap(err, op, fault.Denied)
	}
	defer f.Close()
	magic := []byte("SQLite format 3\x00")
	head := make([]byte, len(magic))
	n, err := io.ReadFull(f, head)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return fault.Wrap(err, op, fault.Unavailable)
	case !bytes.Equal(head, magic):
		return notTemporal(file)
	}
	return nil
}

func notTemporal(file string) error {
	return fault.New("embedtemporal.Start", fault.BadInput, 0,
		"%s is not a Temporal database; it was left as it is. Choose another data directory, or move the file away", file)
}
