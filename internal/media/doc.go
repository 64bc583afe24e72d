// Package media holds the exact numbers and the names of the trade: rational
// time and frame rates, bit rates, frame sizes, codecs, where bytes lie ([Ref])
// and what probing a file found ([Source]).
//
// Nothing here is a float: a frame rate is 30000/1001, a time is a fraction of
// a second, and a frame number times a frame duration is exact.
//
//	rate, _ := media.ParseFrameRate("30000/1001")
//	start := rate.FrameTime(1800) // 60.06 s, exactly 60060/1000
//
// The package has no dependencies and does no I/O.
package media
