# Everframe: one command for everything. "make" alone lists them.

# No C compiler is needed: SQLite is pure Go. -s and -w only act when linking,
# so that build, run and test share one cache of compiled packages.
export CGO_ENABLED ?= 0
LDFLAGS := -s -w
PROGRAMS := server worker starter

export INPUT ?=
ARGS ?=
PKG ?= ./...
COUNT ?= 10
TIMEOUT ?= 12m

.DEFAULT_GOAL := help
.PHONY: help demo run build test check bench clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  INPUT=file   demo: transcode this file instead of a made one"
	@echo "  ARGS=...     run: flags for the server (ARGS=--help lists them)"
	@echo "  PKG=./x/...  test, bench: only these packages"

demo: ## transcode a video on an embedded stack: installs ffmpeg if absent, shows progress, ends with playable files
	@scripts/setup.sh
	@scripts/demo.sh

run: ## build and start the server: API, console, Temporal and its web UI, and a worker, with state in ./data
	@scripts/setup.sh
	@echo "==> building the server (the first build takes some minutes)"
	@go build -ldflags "$(LDFLAGS)" -o bin/ ./server
	@exec bin/server $(ARGS)

build: ## build bin/server, bin/worker and bin/starter
	@for p in $(PROGRAMS); do \
		echo "==> building bin/$$p"; \
		go build -ldflags "$(LDFLAGS)" -o bin/ ./$$p || exit 1; \
	done

test: ## install what the tests need, vet, and run all tests
	@scripts/setup.sh test
	@echo "==> go vet (compiles everything; the first time takes some minutes)"
	@go vet $(PKG)
	@echo "==> go test"
	@go test -timeout $(TIMEOUT) $(PKG)

check: ## formatting, linters, determinism of workflows, go.mod, race detector, generated files
	@tools/check.sh

bench: ## run the benchmarks COUNT times and print medians; compare two files with benchstat
	@mkdir -p bin
	go test -run '^$$' -bench . -benchmem -count $(COUNT) -timeout 2h $(PKG) | tee bin/bench.txt
	go tool -modfile=tools/go.mod benchstat bin/bench.txt

clean: ## remove what build, run and demo made here, except ./data
	rm -rf bin demo-output
