package embedtemporal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	sqliteschema "go.temporal.io/server/schema/sqlite"

	"github.com/everframe/everframe/internal/fault"
)

// visibilityTable is the one table whose schema has generated columns, full
// text tables and triggers around it; all their names begin with its name.
const visibilityTable = "executions_visibility"

// essential tables have been in every SQLite schema Temporal ever had. A file
// that lacks one is something else.
var essential = []string{"namespaces", "shards", "executions", "history_node", visibilityTable}

// object is a row of sqlite_master, and for a table its columns.
type object struct {
	kind, name, table string
	sql               string // without comments and layout
	columns           map[string]column
}

// column is a row of pragma table_xinfo.
type column struct {
	kind    string
	notNull bool
	value   sql.NullString // default
	key     int            // 1-based place in the primary key, 0 = not in it
	hidden  int            // 2 and 3 mark generated columns
}

// schema is what a database is made of, by name.
type schema map[string]object

// ensureSchema makes the file's schema the one this server wants, or says why
// that is not possible. The server itself checks nothing of it: on a file of
// another version it starts, logs and hangs.
func ensureSchema(ctx context.Context, db *sql.DB, file string, log *slog.Logger) error {
	const op = "embedtemporal.Start"
	have, err := readSchema(ctx, db)
	if err != nil {
		return notTemporal(file).(*fault.Error).Because(err)
	}
	wantSQL, err := wantedStatements()
	if err != nil {
		return fault.Wrap(err, op, fault.Internal)
	}
	if len(have) == 0 {
		return fault.Wrap(inTx(ctx, db, wantSQL), op, fault.Internal)
	}
	for _, name := range essential {
		if _, ok := have[name]; !ok {
			return notTemporal(file)
		}
	}
	want, err := wantedSchema(ctx, wantSQL)
	if err != nil {
		return fault.Wrap(err, op, fault.Internal)
	}
	m, err := planMigration(have, want, wantSQL)
	if err != nil {
		return fault.New(op, fault.Unsupported, 0,
			"%s was written by another version of Temporal and cannot be brought to this one; it was left as it is. "+
				"Use the version that wrote it, or move the file away to begin anew", file).Because(err)
	}
	if m.empty() {
		return nil
	}
	return m.apply(ctx, db, file, have.hash(), log)
}

// readSchema describes db. SQLite's own objects and the shadow tables of full
// text indexes are left out: they follow from the rest.
func readSchema(ctx context.Context, db *sql.DB) (schema, error) {
	rows, err := db.QueryContext(ctx, "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master ORDER BY name")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	s := schema{}
	var virtual, tables []string
	for rows.Next() {
		var o object
		if err := rows.Scan(&o.kind, &o.name, &o.table, &o.sql); err != nil {
			return nil, err
		}
		if strings.HasPrefix(o.name, "sqlite_") {
			continue
		}
		o.sql = plain(o.sql)
		switch {
		case strings.HasPrefix(o.sql, "CREATE VIRTUAL"):
			virtual = append(virtual, o.name)
		case o.kind == "table":
			tables = append(tables, o.name)
		}
		s[o.name] = o
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, v := range virtual {
		maps.DeleteFunc(s, func(name string, _ object) bool { return strings.HasPrefix(name, v+"_") })
	}
	for _, t := range tables {
		o, ok := s[t]
		if !ok {
			continue // a shadow table
		}
		if o.columns, err = readColumns(ctx, db, t); err != nil {
			return nil, err
		}
		s[t] = o
	}
	return s, nil
}

func readColumns(ctx context.Context, db *sql.DB, table string) (map[string]column, error) {
	rows, err := db.QueryContext(ctx, `SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)`, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	cols := map[string]column{}
	for rows.Next() {
		var name string
		var c column
		if err := rows.Scan(&name, &c.kind, &c.notNull, &c.value, &c.key, &c.hidden); err != nil {
			return nil, err
		}
		c.kind = strings.ToUpper(c.kind)
		cols[name] = c
	}
	return cols, rows.Err()
}

// hash names a schema in the names of backups.
func (s schema) hash() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(s)) {
		fmt.Fprintln(h, name, s[name].sql)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

var (
	comment = regexp.MustCompile(`--[^\n]*`)
	layout  = regexp.MustCompile(`\s+`)
)

// plain strips comments and layout, which differ between versions of Temporal
// without meaning anything.
func plain(statement string) string {
	s := layout.ReplaceAllString(comment.ReplaceAllString(statement, " "), " ")
	return strings.TrimSuffix(strings.TrimSpace(s), ";")
}

// wantedStatements returns the schema of this server version, in order.
func wantedStatements() ([]string, error) {
	var c collector
	err := sqliteschema.SetupSchemaOnDB(&c)
	return c.statements, err
}

// collector is the database that sqliteschema writes to; it only remembers.
type collector struct {
	sqlplugin.AdminDB // nil: SetupSchemaOnDB uses Exec alone
	statements        []string
}

// Exec implements the one method in use.
func (c *collector) Exec(statement string, args ...any) error {
	if len(args) > 0 {
		return errors.New("schema statement with arguments")
	}
	c.statements = append(c.statements, statement)
	return nil
}

// wantedSchema describes the schema by making it in memory: SQLite's own view
// is what the file's is compared with.
func wantedSchema(ctx context.Context, statements []string) (schema, error) {
	db, err := openMemoryDB()
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if err := inTx(ctx, db, statements); err != nil {
		return nil, err
	}
	return readSchema(ctx, db)
}

// inTx runs all statements or none. In one transaction a new file costs one
// write to disk instead of some 150.
func inTx(ctx context.Context, db *sql.DB, statements []string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it reports nothing new
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%.60s…: %w", plain(s), err)
		}
	}
	return tx.Commit()
}
