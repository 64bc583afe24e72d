// Package e2e holds the tests of the whole system: they build the real
// programs, start them as processes on free ports, and drive them the way
// customers and operators do, through the HTTP API, the command line, a bare
// Temporal client, and kill -9.
//
//	go test ./e2e
//	go test ./e2e -run TestKill -v
//
// There is nothing to import here. The programs are built into bin/e2e once a
// run; EVERFRAME_E2E_PROGRAMS names a directory of built ones to use instead.
// Tests that are about timing or crashes have a server of their own; the others
// share two. Real media comes from the fixture collection where it is present
// (see package testmedia).
package e2e
