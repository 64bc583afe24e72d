// Starter is the command-line client: it asks a server to transcode, watches
// and fetches. It speaks the HTTP API of package server and nothing else.
//
//	starter run holiday.mov --out films
//	starter run a.mp4 b.mp4 --preset "HLS 1M" --preset "HLS 400k" --playlist HLSv3
//	starter job create|read|cancel|list|watch, pipeline create|read|list, preset list|read
//
// # Configuration
//
// Every flag has a variable: EVERFRAME_ and the flag's name in capitals with
// underscores. A flag wins over its variable.
//
//	EVERFRAME_SERVER            URL of the API; without it http://127.0.0.1:8080 is tried
//	EVERFRAME_JSON              print JSON
//	EVERFRAME_DATA              run: data directory of a server it has to start (./data)
//	EVERFRAME_SERVER_PROGRAM    run: the server program to start
//	EVERFRAME_KEEP              run: leave that server running
//	EVERFRAME_PRESET            run: presets, separated by commas
//	EVERFRAME_PLAYLIST          run: playlists, separated by commas
//	EVERFRAME_OUT               run: directory to download to
//	EVERFRAME_SEGMENT_DURATION  run: seconds
//	EVERFRAME_THUMBNAILS        run: take thumbnails
//	EVERFRAME_PIPELINE          job list: pipeline id
//	EVERFRAME_ASCENDING         job list: oldest first
//	EVERFRAME_LIMIT             job list: most jobs to show
//	EVERFRAME_NAME, EVERFRAME_INPUT_BUCKET, EVERFRAME_OUTPUT_BUCKET,
//	EVERFRAME_ROLE              pipeline create
//	NO_COLOR                    any value: no colors
//
// # Output
//
// Results go to standard output; progress, notes and errors to standard error.
// Progress is drawn as bars when standard error is a terminal, and printed as
// plain lines otherwise. With --json standard output holds nothing but JSON:
// one document in the shape of the API's response, or, for run (one line an
// input) and job watch (one line a change), JSON lines.
//
// # Exit status
//
//	0    done; every job watched is Complete
//	1    a job ended in Error or Canceled
//	2    the command line is wrong, or names a file that cannot be read
//	3    no server answers, it refused the request, or files could not be fetched
//	130  left by Ctrl-C
//
// # Without a server
//
// When nothing answers and no URL was given, run starts the program "server"
// that lies beside its own executable (or on PATH) on free ports, with its log
// in <data>/server.log, and stops it at the end unless told to keep it.
package main
