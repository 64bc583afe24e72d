package embedtemporal_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.temporal.io/api/enums/v1"

	"github.com/everframe/everframe/internal/embedtemporal"
	"github.com/everframe/everframe/internal/fault"
)

var sortStrings = cmpopts.SortSlices(func(a, b string) bool { return a < b })

func openFile(t testing.TB, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout=10000")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

func exec(t testing.TB, file string, statements ...string) {
	t.Helper()
	db := openFile(t, file)
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// objects lists what the database consists of, visibility columns included.
func objects(t testing.TB, file string) []string {
	t.Helper()
	rows, err := openFile(t, file).Query(`
		SELECT type || ' ' || name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' UNION
		SELECT 'column ' || name FROM pragma_table_xinfo('executions_visibility') ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

func backups(t testing.TB, file string) []string {
	t.Helper()
	found, err := filepath.Glob(file + ".bak-*")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Statements that take a file back to what earlier servers wrote: before
// fairness (1.29) and CHASM (1.31), with fewer search attributes, full text
// columns and triggers.
var age = []string{
	"DROP TABLE tasks_v2",
	"DROP TABLE task_queues_v2",
	"DROP TABLE current_chasm_executions",
	"DROP TABLE chasm_node_maps",
	"DROP TRIGGER executions_visibility_au",
	"DROP TRIGGER executions_visibility_ad",
	"DROP TRIGGER executions_visibility_ai",
	"DROP TABLE executions_visibility_fts_keyword_list",
	"DROP INDEX by_temporal_worker_deployment",
	"ALTER TABLE executions_visibility DROP COLUMN TemporalWorkerDeployment",
	"ALTER TABLE executions_visibility DROP COLUMN TemporalUsedWorkerDeploymentVersions",
	"DROP INDEX by_root_run_id",
	"ALTER TABLE executions_visibility DROP COLUMN root_run_id",
	"CREATE TABLE nexus_incoming_services (service_id BINARY(16) NOT NULL, PRIMARY KEY (service_id))",
}

func TestOldFileIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	o := options(filepath.Join(t.TempDir(), "temporal.db"))
	s := start(t, o)
	c, end := connect(t, s)
	runEcho(t, c, "before")
	waitListed(t, c, `Pipeline = "before" AND ExecutionStatus = "Completed"`, "before")
	end()
	stop(t, s)

	want := objects(t, o.File)
	exec(t, o.File, age...)
	aged := objects(t, o.File)

	s = start(t, o)
	if diff := cmp.Diff(append(want, "table nexus_incoming_services"), objects(t, o.File), sortStrings); diff != "" {
		t.Errorf("schema after migration (-want +got):\n%s", diff)
	}
	c, end = connect(t, s)
	defer end()
	waitListed(t, c, `Pipeline = "before" AND ExecutionStatus = "Completed"`, "before")
	runEcho(t, c, "after")
	waitListed(t, c, `Pipeline = "after" AND ExecutionStatus = "Completed"`, "after")

	found := backups(t, o.File)
	if len(found) != 1 {
		t.Fatalf("backups = %q, want one", found)
	}
	if diff := cmp.Diff(aged, objects(t, found[0])); diff != "" {
		t.Errorf("schema of the backup (-aged +got):\n%s", diff)
	}
	var n int
	if err := openFile(t, found[0]).QueryRow("SELECT count(*) FROM executions_visibility WHERE workflow_id = 'before'").Scan(&n); err != nil || n != 1 {
		t.Errorf("backup holds %d rows of the workflow (%v), want 1", n, err)
	}
}

func TestForeignFileIsRefused(t *testing.T) {
	t.Parallel()
	fresh := func(t *testing.T, file string) {
		t.Helper()
		o := options(file)
		stop(t, start(t, o))
	}
	for _, tt := range []struct {
		name string
		make func(*testing.T, string)
		kind fault.Kind
	}{
		{"text", func(t *testing.T, file string) {
			t.Helper()
			if err := os.WriteFile(file, []byte("not a database, but long enough to have a header"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, fault.BadInput},
		{"another SQLite database", func(t *testing.T, file string) {
			t.Helper()
			exec(t, file, "CREATE TABLE songs (title TEXT)")
		}, fault.BadInput},
		{"column of another type", func(t *testing.T, file string) {
			t.Helper()
			fresh(t, file)
			exec(t, file, "DROP TABLE shards", "CREATE TABLE shards (shard_id TEXT NOT NULL, range_id BIGINT NOT NULL, "+
				"data MEDIUMBLOB NOT NULL, data_encoding VARCHAR(16) NOT NULL, PRIMARY KEY (shard_id))")
		}, fault.Unsupported},
		{"column of a later version", func(t *testing.T, file string) {
			t.Helper()
			fresh(t, file)
			exec(t, file, "DROP TABLE history_tree", "CREATE TABLE history_tree (shard_id INT NOT NULL, tree_id BINARY(16) NOT NULL, "+
				"branch_id BINARY(16) NOT NULL, data MEDIUMBLOB NOT NULL, data_encoding VARCHAR(16) NOT NULL, later INT NOT NULL, "+
				"PRIMARY KEY (shard_id, tree_id, branch_id))")
		}, fault.Unsupported},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "temporal.db")
			tt.make(t, file)
			before, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := embedtemporal.Start(t.Context(), options(file))
			if err == nil {
				stop(t, s)
				t.Fatal("started on a foreign file")
			}
			if got := fault.KindOf(err); got != tt.kind {
				t.Errorf("kind %v, want %v: %v", got, tt.kind, err)
			}
			after, err := os.ReadFile(file)
			if err != nil || !cmp.Equal(before, after) {
				t.Errorf("the refused file was changed (%v)", err)
			}
			if found := backups(t, file); len(found) != 0 {
				t.Errorf("backups of a file left as it is: %q", found)
			}
		})
	}
}

func TestEmptyFileBecomesDatabase(t *testing.T) {
	t.Parallel()
	o := options(filepath.Join(t.TempDir(), "temporal.db"))
	if err := os.WriteFile(o.File, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c, end := connect(t, start(t, o))
	defer end()
	runEcho(t, c, "x")
}

func TestSearchAttributeOfAnotherType(t *testing.T) {
	t.Parallel()
	o := options(filepath.Join(t.TempDir(), "temporal.db"))
	stop(t, start(t, o))
	o.SearchAttributes = map[string]enums.IndexedValueType{"Pipeline": enums.INDEXED_VALUE_TYPE_INT}
	if _, err := embedtemporal.Start(t.Context(), o); fault.KindOf(err) != fault.Conflict {
		t.Errorf("attribute with another type: %v, want a Conflict", err)
	}
}
