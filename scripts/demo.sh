#!/usr/bin/env bash
# Transcodes a video on an embedded stack and says how to look at what came of
# it. "make demo" calls this after scripts/setup.sh:
#
#   make demo                    a clip that this script makes
#   make demo INPUT=holiday.mov  any file
#
# What is made lies in ./demo-output; the server's state, with the job's
# history, in ./data. The exit status is 0 only if all of the job is complete.
# Works with bash 3.2, which macOS has.
set -euo pipefail

# What a relative INPUT is relative to: where the caller is, not the project.
here=$PWD
cd "$(dirname "$0")/.."

# No C compiler is needed, and none of the Makefile's builds are lost.
export CGO_ENABLED="${CGO_ENABLED:-0}"

say() { printf '==> %s\n' "$*"; }
die() {
	printf 'demo: %s\n' "$*" >&2
	exit 2
}

# alive runs a command that may take minutes and shows that it lives: a line
# that counts on a terminal, one every 15 seconds elsewhere. doing is called
# for what to show, and reads what the command wrote to $log.
log=
worker=
alive() { # doing command...
	local doing=$1 begun=$SECONDS told=$SECONDS status=0 text
	shift
	: >"$log"
	"$@" >"$log.out" 2>"$log" </dev/null &
	worker=$!
	while kill -0 "$worker" 2>/dev/null; do
		sleep 1
		text="    $($doing), $((SECONDS - begun)) s"
		if [ -t 1 ]; then
			printf '\r%s\033[K' "$text"
		elif [ $((SECONDS - told)) -ge 15 ]; then
			told=$SECONDS
			printf '%s\n' "$text"
		fi
	done
	wait "$worker" || status=$?
	worker=
	if [ -t 1 ]; then printf '\r\033[K'; fi
	if [ "$status" -ne 0 ]; then
		grep -v '^go: downloading' "$log" | tail -n 20 >&2
		exit 1
	fi
}

# A command in the background does not hear Ctrl-C.
trap 'if [ -n "$worker" ]; then kill "$worker" 2>/dev/null || true; fi' EXIT

fetching() { printf '%s modules fetched' "$(grep -c '^go: downloading' "$log" || true)"; }
compiling() { printf '%s of at most %s packages compiled' "$(grep -vc '^go: ' "$log" || true)" "$packages"; }

build() {
	if ! command -v go >/dev/null 2>&1; then
		die "Go is missing: see https://go.dev/dl"
	fi
	mkdir -p bin
	log=bin/build.log
	say "fetching and reading the Go modules (the first time: a minute, or what your line takes)"
	alive fetching go list -deps ./server ./starter
	packages=$(grep -c . "$log.out")
	say "building bin/server and bin/starter (the first time: some minutes, as all of Temporal is in it)"
	alive compiling go build -v -ldflags "-s -w" -o bin/ ./server ./starter
	rm -f "$log" "$log.out"
}

# sample makes a clip of 24 s: ffmpeg's moving test picture, which shows its
# own time and frame number, and two lines of the Ode to Joy. A note is a digit,
# its distance from the lowest C in semitones; there are two a second.
sample() { # file
	local notes='floor(if(lt(mod(t,16),8),4457754200244222,4457754200242000)/pow(10,15-mod(floor(2*t),16)))'
	local tune="0.35*exp(-3*mod(t,0.5))*sin(2*PI*mod(t,0.5)*261.63*pow(2,mod($notes,10)/12))"
	ffmpeg -nostdin -hide_banner -loglevel error -y \
		-f lavfi -i testsrc2=size=1280x720:rate=30:duration=24 \
		-f lavfi -i "aevalsrc=exprs='$tune':sample_rate=48000:duration=24,aformat=channel_layouts=stereo" \
		-c:v libx264 -preset veryfast -crf 20 -pix_fmt yuv420p \
		-c:a aac -b:a 128k -movflags +faststart -f mp4 "$1.part" || return
	mv "$1.part" "$1"
}

# has tells whether the input has a stream of a kind; a cover is no picture.
streams=
has() { # video|audio
	printf '%s\n' "$streams" | grep -q "^$1,0"
}

input=${INPUT:-}
case $input in
\~/*) input=$HOME/${input#??} ;; # not every shell expands it after INPUT=
esac
case $input in
'' | /*) ;;
*) input=$here/$input ;;
esac
if [ -n "$input" ] && ! { [ -f "$input" ] && [ -r "$input" ]; }; then
	die "there is no file to read at $input"
fi

build

mkdir -p demo-output
if [ -z "$input" ]; then
	input=demo-output/sample.mp4
	if [ ! -f "$input" ]; then
		say "making a clip to transcode, 24 s of 720p: $input"
		sample "$input"
	fi
fi

# The usual set is what starter makes when no preset is named: three sizes of
# HLS and its sound alone, an MP4 and thumbnails. The API refuses outputs of
# what a file does not have, so other files get other sets.
streams=$(ffprobe -v error -show_entries stream=codec_type:stream_disposition=attached_pic -of csv=p=0 "$input" 2>/dev/null || true)
if has video && has audio; then
	set --
elif has video; then
	say "no sound in it: an MP4, thumbnails, and HLS in three sizes"
	set -- --preset 1351620000001-000020 --preset 1351620000001-200010 --preset 1351620000001-200030 \
		--preset 1351620000001-200050 --playlist HLSv3 --thumbnails
elif has audio; then
	say "no picture in it: an MP3, and HLS"
	set -- --preset 1351620000001-300040 --preset 1351620000001-200060 --preset 1351620000001-200071 --playlist HLSv3
fi

say "transcoding $input"
status=0
bin/starter run "$input" --data data --out demo-output "$@" || status=$?
echo
if [ "$status" -ne 0 ]; then
	say "the demo did not go through; the server's log, if it started one: data/server.log"
	exit "$status"
fi

# shellcheck disable=SC2012 # starter names it: no odd characters
made=$(ls -td demo-output/*/ | head -n 1)
say "to look at it, with ffplay or any other player:"
for file in "$made"*.m3u8 "$made"*.mp4 "$made"*.mp3; do
	if [ -f "$file" ]; then echo "      ffplay $file"; fi
done
for file in "$made"thumbnails/*; do
	if [ -f "$file" ]; then
		echo "      thumbnails: ${made}thumbnails/"
		break
	fi
done
say "to see how the job ran, in Temporal's web UI (Ctrl-C stops the server):"
echo "      make run      and open http://127.0.0.1:8233"
say "to transcode a file of yours:"
echo "      make demo INPUT=holiday.mov"
