// Package bench measures the whole system as its users meet it: the built
// programs as processes, real ffmpeg, files on disk. All of it is benchmarks, so
// that plain go test passes it by; beside the lines that benchstat reads, a run
// prints a table of medians with the targets they are held against.
//
//	make bench PKG=./bench
//	go test ./bench -run '^$' -bench Submit -count 5 -v
//
// Figures that depend on the machine's mood are taken as ratios: our job and
// the plain ffmpeg command that does the same, one after the other, in turns.
// CPU time is of all processes involved, as the kernel counts it. The load
// average beside each figure tells how much of the machine was somebody else's.
//
// The inputs are made by ffmpeg, but for the film of the fixture collection,
// without which BenchmarkFilm is skipped. Each figure is taken five times at
// most, which takes about an hour for all on two cores. Linux only: it reads
// /proc.
package bench
