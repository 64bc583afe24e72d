// Package activities holds the steps of a job: each loads what it needs, calls
// a pure function, stores what came of it and reports. No step decides
// anything about video; package plan does.
//
// [Activities] is a struct of the things steps touch the world through; the
// programs fill it. Package workflows uses its method names and payload types
// only. Payloads are references and small structs: bytes stay in storage.
//
// Every step is safe to repeat. What it makes is stored under a name of its
// content or of its job, whole or not at all, so a retry finds finished work.
package activities
