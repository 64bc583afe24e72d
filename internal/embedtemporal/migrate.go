package embedtemporal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/everframe/everframe/internal/fault"
)

// migration is the way from the schema a file has to the one the server wants.
type migration struct {
	statements []string
	what       []string // for the log
}

func (m *migration) empty() bool { return len(m.statements) == 0 }

func (m *migration) add(what string, statements ...string) {
	m.what = append(m.what, what)
	m.statements = append(m.statements, statements...)
}

// planMigration decides how to get from have to want. Three changes are known
// to be safe: a missing table or index is made, a column that may be empty is
// added, and the visibility table is built anew around its rows. Anything else
// is an error. Objects that only have has are left alone: the server does not
// read them.
func planMigration(have, want schema, wantSQL []string) (*migration, error) {
	var m migration
	var refused []error
	rebuild := false
	for _, name := range slices.Sorted(maps.Keys(want)) {
		w := want[name]
		h, ok := have[name]
		switch {
		case ok && h.sql == w.sql:
		case strings.HasPrefix(name, visibilityTable) || w.table == visibilityTable:
			rebuild = true
		case !ok && w.kind == "table":
			m.add("table "+name, about(name, wantSQL)...)
		case !ok && have[w.table].name != "":
			m.add(w.kind+" "+name, w.sql)
		case !ok: // comes with its table
		case w.kind == "table":
			add, err := addColumns(h, w)
			if err != nil {
				refused = append(refused, err)
			} else if len(add) > 0 {
				m.add("columns of "+name, add...)
			}
		default:
			refused = append(refused, fmt.Errorf("%s %s differs", w.kind, name))
		}
	}
	if rebuild {
		m.add("visibility", rebuildVisibility(have, want, wantSQL)...)
	}
	return &m, errors.Join(refused...)
}

// addColumns returns the statements that give table h the columns of w. Other
// differences in a table mean other data in it, which only Temporal's own
// tools could convert.
func addColumns(h, w object) ([]string, error) {
	var add []string
	for _, name := range slices.Sorted(maps.Keys(w.columns)) {
		wc := w.columns[name]
		hc, ok := h.columns[name]
		switch {
		case ok && hc == wc:
		case ok:
			return nil, fmt.Errorf("column %s.%s differs", w.name, name)
		case wc.key > 0 || wc.hidden != 0 || wc.notNull && !wc.value.Valid:
			return nil, fmt.Errorf("column %s.%s cannot be added to existing rows", w.name, name)
		default:
			s := "ALTER TABLE " + w.name + " ADD COLUMN " + name + " " + wc.kind
			if wc.notNull {
				s += " NOT NULL"
			}
			if wc.value.Valid {
				s += " DEFAULT " + wc.value.String
			}
			add = append(add, s)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(h.columns)) {
		if _, ok := w.columns[name]; !ok && h.columns[name].notNull && !h.columns[name].value.Valid {
			return nil, fmt.Errorf("column %s.%s is required by the file and unknown to this version", w.name, name)
		}
	}
	return add, nil
}

// rebuildVisibility makes the visibility table, its indexes, full text tables
// and triggers anew and moves the rows over; the new triggers fill the full
// text tables. STORED generated columns leave no smaller way: SQLite cannot
// add them.
func rebuildVisibility(have, want schema, wantSQL []string) []string {
	const old = "old_" + visibilityTable
	var out []string
	for _, kind := range []string{"trigger", "table", "index"} { // triggers name the full text tables
		for _, name := range slices.Sorted(maps.Keys(have)) {
			o := have[name]
			belongs := o.table == visibilityTable || strings.HasPrefix(name, visibilityTable)
			if o.kind == kind && belongs && name != visibilityTable {
				out = append(out, "DROP "+strings.ToUpper(kind)+" "+quote(name))
			}
		}
	}
	out = append(out, "ALTER TABLE "+visibilityTable+" RENAME TO "+old)
	out = append(out, about(visibilityTable, wantSQL)...)

	var common []string
	haveColumns := have[visibilityTable].columns
	for _, name := range slices.Sorted(maps.Keys(want[visibilityTable].columns)) {
		h, ok := haveColumns[name]
		if ok && h.hidden == 0 && want[visibilityTable].columns[name].hidden == 0 {
			common = append(common, quote(name))
		}
	}
	list := strings.Join(common, ", ")
	return append(out,
		"INSERT INTO "+visibilityTable+" ("+list+") SELECT "+list+" FROM "+old+" ORDER BY rowid",
		"DROP TABLE "+old)
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// target finds the table a schema statement is about: its own name, or the
// table it is ON or INTO. Full text tables and triggers of the visibility
// table count as that table's.
var target = regexp.MustCompile(
	`^(?:CREATE (?:VIRTUAL )?TABLE|CREATE (?:UNIQUE )?INDEX \S+ ON|CREATE TRIGGER|INSERT INTO) (?:IF NOT EXISTS )?(\w+)`)

// about returns the statements that make a table and what belongs to it.
func about(table string, statements []string) []string {
	var out []string
	for _, s := range statements {
		m := target.FindStringSubmatch(plain(s))
		if m == nil {
			continue
		}
		if m[1] == table || table == visibilityTable && strings.HasPrefix(m[1], visibilityTable) {
			out = append(out, s)
		}
	}
	return out
}

// apply copies the file, then runs the migration in one transaction.
func (m *migration) apply(ctx context.Context, db *sql.DB, file, oldHash string, log *slog.Logger) error {
	const op = "embedtemporal.Start"
	bak, err := backup(ctx, db, file, oldHash)
	if err != nil {
		return fault.New(op, fault.Unavailable, 0,
			"%s must be brought to this version of Temporal, but no backup could be made; nothing was changed", file).Because(err)
	}
	log.Info("bringing the Temporal database to this version", "file", file, "backup", bak, "changes", m.what)
	if err := inTx(ctx, db, m.statements); err != nil {
		return fault.New(op, fault.Unsupported, 0,
			"%s could not be brought to this version of Temporal; nothing was changed, and a copy is in %s", file, bak).Because(err)
	}
	return nil
}

// backup writes a copy of the database beside it and returns its name. The
// name carries the hash of the schema that is about to go.
func backup(ctx context.Context, db *sql.DB, file, hash string) (string, error) {
	for n := 1; ; n++ {
		name := fmt.Sprintf("%s.bak-%s", file, hash)
		if n > 1 {
			name += fmt.Sprintf("-%d", n)
		}
		if _, err := os.Lstat(name); err == nil {
			continue // an earlier backup is never overwritten
		} else if !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
		// VACUUM INTO sees what is still in the write-ahead log; a plain copy
		// of the file would not.
		_, err := db.ExecContext(ctx, "VACUUM INTO ?", name)
		return name, err
	}
}
