package catalogtest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // database/sql driver "pgx"
)

// Postgres starts a server that lives until the end of t and returns a
// function that makes databases on it. It skips t where PostgreSQL is not
// installed (Debian: postgresql), and fails it there if CI=true.
//
// The server keeps its files in memory as long as it can (no fsync), so its
// timings flatter it.
func Postgres(t testing.TB) (newURL func(t testing.TB) string) {
	t.Helper()
	bin := postgresBin()
	if bin == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("PostgreSQL is not installed")
		}
		t.Skip("PostgreSQL is not installed (package postgresql)")
	}
	// Not t.TempDir: the server's own user could not enter it. And short,
	// because a socket's path may have 107 bytes only.
	dir, err := os.MkdirTemp("", "pg")
	must(t, err)
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	attr, err := serverUser(dir)
	must(t, err)

	data := filepath.Join(dir, "data")
	initdb := exec.CommandContext(t.Context(), filepath.Join(bin, "initdb"), "--pgdata", data,
		"--username", "test", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = attr, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	var log bytes.Buffer
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")
	server.SysProcAttr, server.Dir = attr, dir
	server.Stdout, server.Stderr = &log, &log
	must(t, server.Start())
	exited := make(chan struct{})
	go func() { _ = server.Wait(); close(exited) }() // how it ended matters only while it is needed
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGQUIT) // at once; nothing in it is kept
		<-exited
	})

	address := func(database string) string {
		return fmt.Sprintf("postgres://test@/%s?host=%s", database, dir)
	}
	admin, err := sql.Open("pgx", address("postgres"))
	must(t, err)
	t.Cleanup(func() { _ = admin.Close() }) // the server is gone
	if err := reach(t.Context(), admin, exited); err != nil {
		t.Fatalf("starting PostgreSQL: %v\n%s", err, log.String())
	}
	var made atomic.Int64
	return func(t testing.TB) string {
		t.Helper()
		name := fmt.Sprintf("test%d", made.Add(1))
		if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
			t.Fatal(err)
		}
		return address(name)
	}
}

// postgresBin finds the newest server that Debian's packages have installed,
// or one that is in the path.
func postgresBin() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is good
	if len(found) > 0 {
		return filepath.Dir(slices.Max(found))
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	return ""
}

// serverUser gives dir to the user the server runs as: PostgreSQL refuses to
// run as root.
func serverUser(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, err
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2, os.Chown(dir, int(uid), int(gid))); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// reach waits until the server answers.
func reach(ctx context.Context, db *sql.DB, exited <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-exited:
			return errors.New("the server has exited")
		case <-ctx.Done():
			return err
		}
	}
}
