// Package ffmpeg turns steps of a plan into argument lists for ffmpeg and
// ffprobe, and reads what those print: probe JSON, packet lists, progress and
// frame hashes. It runs nothing and opens nothing; the argument lists are data.
//
//	args := ffmpeg.Encode(ffmpeg.EncodeStep{Input: group.Input, Timeline: group.Timeline,
//		Chunk: group.Chunks[3], Renditions: group.Renditions}, ffmpeg.EncodeFiles{...})
//
// The argument lists follow one recipe for every cut, exact to the frame on
// every kind of source: seek by the decoding time of an earlier key frame,
// number the frames on the output's grid, and cut by number (see encode.go).
//
// File names given to this package must be generated ones: no text of a
// customer reaches an argument list or a filter graph.
package ffmpeg
