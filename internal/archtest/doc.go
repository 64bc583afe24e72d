// Package archtest keeps the shape of the code: its tests check the import
// table of ARCHITECTURE.md against what "go list" says, and refuse imports
// that would let a pure package touch the world or a workflow lose its
// determinism.
//
// A new package enters by adding its row to [Packages]; there is no default.
// Nothing here runs outside tests.
package archtest
