#!/usr/bin/env bash
# Installs the programs Everframe calls, when they are absent:
#
#   scripts/setup.sh        ffmpeg and ffprobe
#   scripts/setup.sh test   and PostgreSQL, for the tests of the catalog
#
# It uses the system's package manager, as root or through sudo. A program that
# is already there, whatever its version, is left alone. Tests that need one
# which is missing skip with a reason, and fail when CI=true.
set -euo pipefail

say() { printf '==> %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

# have_postgres: Debian keeps the server programs out of PATH.
have_postgres() {
	have initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif have sudo; then
		say "sudo is asked for: $*"
		sudo "$@"
	else
		say "this needs root, and there is no sudo here: $*"
		return 1
	fi
}

manager() {
	local m
	for m in apt-get brew dnf apk pacman; do
		if have "$m"; then
			echo "$m"
			return
		fi
	done
}

install_package() { # name
	say "installing $1 with $pm (this may take a minute or two)"
	case "$pm" in
	apt-get)
		as_root apt-get update -q &&
			as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$1"
		;;
	brew) brew install "$1" ;; # refuses to run as root
	dnf) as_root dnf install -y "$1" ;;
	apk) as_root apk add "$1" ;;
	pacman) as_root pacman -S --needed --noconfirm "$1" ;;
	*) return 1 ;;
	esac
}

pm=$(manager)

if have ffmpeg && have ffprobe; then
	say "ffmpeg is here: $(ffmpeg -version | head -n 1)"
else
	package=ffmpeg
	if [ "$pm" = dnf ] && ! dnf -q info ffmpeg >/dev/null 2>&1; then
		package=ffmpeg-free # Fedora without RPM Fusion: decodes and encodes less
	fi
	install_package "$package" || true
	if ! have ffmpeg || ! have ffprobe; then
		say "ffmpeg could not be installed. Install ffmpeg and ffprobe (https://ffmpeg.org/download.html),"
		say "see that both are in PATH, and run this again."
		exit 1
	fi
	say "ffmpeg is installed: $(ffmpeg -version | head -n 1)"
fi
options=$(ffmpeg -hide_banner -h full 2>/dev/null) # not pipes: grep -q would end ffmpeg early
if [[ $options != *-fps_mode* ]]; then
	say "this ffmpeg is older than 5.1: outputs with a picture will fail. Install a newer one."
fi
encoders=$(ffmpeg -hide_banner -encoders 2>/dev/null)
if [[ $encoders != *libx264* ]]; then
	say "this ffmpeg has no libx264: H.264 outputs will fail. Install a build that has it."
fi

if [ "${1:-}" = test ]; then
	if have_postgres; then
		say "PostgreSQL is here"
	elif [ "$pm" = apt-get ] && install_package postgresql && have_postgres; then
		say "PostgreSQL is installed"
	elif [ "${CI:-}" = true ]; then
		say "PostgreSQL is missing, and CI=true wants every test: install its server programs (initdb)"
		exit 1
	else
		say "no PostgreSQL: the tests that need it will be skipped"
	fi
fi
