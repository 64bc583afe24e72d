package catalog

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"modernc.org/sqlite" // also the database/sql driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/everframe/everframe/internal/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Catalog is an open catalog. It is safe for concurrent use; several
// processes may have one database open.
type Catalog struct {
	db    *database
	queue *submitQueue
}

const (
	sqliteReaders       = 4  // beside the one writer; each has its own page cache
	postgresConnections = 16 // for all that one process does
)

// Open opens a catalog and brings its tables up to date. The caller closes it.
//
//	sqlite:///var/lib/everframe/catalog.db    a file, made when missing
//	sqlite://data/catalog.db?synchronous=full relative to the working directory
//	postgres://user@host/db?sslmode=…         as libpq reads it
//
// A path is taken as it is, up to a question mark.
//
// With SQLite, what was acknowledged survives the death of the process at any
// moment. A power cut or a crash of the kernel may undo the last moments, but
// never leaves half a change, unless synchronous=full makes each commit wait
// for the disk (PostgreSQL does by default).
//
// Errors: Invalid for a URL that is none of these or a database made by a
// newer program, Unavailable for one that cannot be opened.
func Open(ctx context.Context, catalogURL string) (*Catalog, error) {
	const op = "catalog.Open"
	db, err := connect(op, catalogURL)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, op, db); err != nil {
		_ = db.close() // err is the cause
		return nil, err
	}
	if err := db.prepare(ctx); err != nil {
		_ = db.close() // err is the cause
		return nil, failed(op, err)
	}
	return &Catalog{db: db, queue: newSubmitQueue()}, nil
}

// Close releases the connections. Calls under way fail.
func (c *Catalog) Close() error {
	return fault.Wrap(c.db.close(), "catalog.Close", fault.Internal)
}

func connect(op, catalogURL string) (*database, error) {
	scheme, rest, _ := strings.Cut(catalogURL, "://")
	switch scheme {
	case "sqlite":
		return connectSQLite(op, rest)
	case "postgres", "postgresql":
		config, err := pgx.ParseConfig(catalogURL)
		if err != nil {
			return nil, fault.Wrap(err, op, fault.Invalid) // pgx hides the password
		}
		pool := stdlib.OpenDB(*config)
		pool.SetMaxOpenConns(postgresConnections)
		pool.SetMaxIdleConns(postgresConnections)
		return &database{dialect: postgresDialect, write: pool, read: pool}, nil
	default: // never print it: it may hold a password
		return nil, fault.New(op, fault.Invalid, 0, "the catalog's URL begins with neither sqlite:// nor postgres://")
	}
}

func connectSQLite(op, rest string) (*database, error) {
	path, query, _ := strings.Cut(rest, "?")
	options, err := url.ParseQuery(query)
	if err != nil || path == "" {
		return nil, fault.New(op, fault.Invalid, 0, "the catalog's URL names no file: sqlite://%s", rest)
	}
	synchronous := "normal"
	for name, values := range options {
		if value := values[0]; name != "synchronous" || value != "normal" && value != "full" {
			return nil, fault.New(op, fault.Invalid, 0, "unknown option in the catalog's URL: %s=%s", name, value)
		}
		synchronous = options.Get(name)
	}
	// Escaped, so that a "?" or "%" in the path is no option.
	name := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String()
	common := "?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=synchronous(" + synchronous + ")"
	// immediate: a transaction that begins by reading must not fail for
	// another process that wrote meanwhile.
	write, err := sql.Open("sqlite", name+common+"&_pragma=journal_mode(wal)&_txlock=immediate")
	if err != nil {
		return nil, fault.Wrap(err, op, fault.Invalid)
	}
	read, err := sql.Open("sqlite", name+common+"&_pragma=query_only(1)")
	if err != nil {
		_ = write.Close() // never opened
		return nil, fault.Wrap(err, op, fault.Invalid)
	}
	write.SetMaxOpenConns(1)
	read.SetMaxOpenConns(sqliteReaders)
	read.SetMaxIdleConns(sqliteReaders)
	return &database{dialect: sqliteDialect, write: write, read: read}, nil
}

// A new SQLite file that several processes open at the same moment is busy for
// some of them, without waiting, while one of them makes it.
const (
	migrateTries = 50
	migratePause = 100 * time.Millisecond
)

// migrate brings the tables up to date, also when several processes start at
// the same moment.
func migrate(ctx context.Context, op string, db *database) error {
	if db.dialect.name != sqliteDialect.name {
		return migrateOnce(ctx, op, db) // goose's lock orders the processes
	}
	pause := time.NewTicker(migratePause)
	defer pause.Stop()
	var err error
	for range migrateTries {
		err = migrateOnce(ctx, op, db)
		var lite *sqlite.Error
		if !errors.As(err, &lite) || lite.Code()&0xff != sqlite3.SQLITE_BUSY && lite.Code()&0xff != sqlite3.SQLITE_ERROR {
			return err // done, or nothing that another process did: "table exists" is an ERROR
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return err
		}
	}
	return err
}

func migrateOnce(ctx context.Context, op string, db *database) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fault.Wrap(err, op, fault.Internal)
	}
	dialect, options := goose.DialectSQLite3, []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if db.dialect.name == postgresDialect.name {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60)) // tries, a second apart
		if err != nil {
			return fault.Wrap(err, op, fault.Internal)
		}
		dialect, options = goose.DialectPostgres, append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, db.write, files, options...)
	if err != nil {
		return fault.Wrap(err, op, fault.Internal)
	}
	if _, err := provider.Up(ctx); err != nil {
		return failed(op, err)
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return failed(op, err)
	}
	if current > target {
		return fault.New(op, fault.Invalid, 0, "the catalog was made by a newer program (its version is %d, this program knows %d)", current, target)
	}
	return nil
}
