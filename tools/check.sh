#!/usr/bin/env bash
# The checks of "make check". Every step runs even if one before it failed, so
# that one run shows everything; the exit code tells.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

failed=()
step() { # name, command...
	printf '==> %s\n' "$1"
	if ! "${@:2}"; then failed+=("$1"); fi
}
tool() { go tool -modfile=tools/go.mod "$@"; }

formatted() {
	local diff
	diff=$(tool gofumpt -d .)
	[ -z "$diff" ] || { printf '%s\n' "$diff"; return 1; }
}

# Packages whose tests do not link the Temporal server: with it, one race build
# takes longer than all other checks together. The system tests are left out,
# too: what they test runs in other processes, built without the detector.
light_packages() {
	go list -test -f '{{$heavy := false}}{{range .Deps}}{{if eq . "go.temporal.io/server/temporal"}}{{$heavy = true}}{{end}}{{end}}{{if and (eq .Name "main") (not $heavy)}}{{.ImportPath}}{{end}}' ./... |
		sed -n 's/\.test$//p' | grep -vE '/(e2e|bench)$'
}

race() {
	if ! command -v "${CC:-cc}" >/dev/null 2>&1; then
		echo "no C compiler: the race detector needs one, skipped"
		[ "${CI:-}" != true ] # missing coverage is a failure in CI
		return
	fi
	# shellcheck disable=SC2046 # one argument per package
	CGO_ENABLED=1 go test -race -timeout 20m $(light_packages)
}

# generated runs the generators and sees whether they changed anything beyond
# what was changed before.
generated() {
	local before after
	before=$(git diff | git hash-object --stdin)
	go generate ./...
	after=$(git diff | git hash-object --stdin)
	[ "$before" = "$after" ] || { git diff --stat; echo "generated files were out of date"; return 1; }
}

step "gofumpt" formatted
step "go vet" go vet ./...
step "staticcheck" tool staticcheck ./...
if [ -d workflows ]; then step "workflowcheck" tool workflowcheck ./workflows/...; fi
step "go mod tidy -diff" go mod tidy -diff
step "generated files" generated
step "go test -race" race

if [ ${#failed[@]} -gt 0 ]; then
	printf 'FAILED: %s\n' "${failed[@]}"
	exit 1
fi
echo "all checks passed"
