# Everything that a clone of this repository can do. `make` alone lists it.

SWIFT ?= swift
ARGS ?=
# Parts that are not built unless asked for: `make serve TRAITS=TLS` can speak rediss://.
TRAITS ?=
BUILD_TRAITS := $(if $(TRAITS),--traits $(TRAITS))
# Tests are built with all of them.
TEST_TRAITS := --traits GRPC,TLS
# The tests that the thread sanitizer watches have a small package of their own, so that it need not
# instrument the whole server: see Tests/ThreadSanitizer/Package.swift.
SANITIZED := --package-path Tests/ThreadSanitizer --scratch-path .build-tsan --sanitize=thread
FORMATTED := Package.swift Sources Tests Benchmarks Examples

.PHONY: help serve build test soak test-tools test-build test-run test-threads bench bench-tools bench-program bench-published bench-suites bench-decisions bench-resp bench-http bench-grpc bench-redis bench-bots bench-outbound bench-peers bench-instructions test-instructions format lint clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' Makefile

serve: ## build the server for speed and run it; options go in ARGS="--config policies.yaml"
	@echo "building sluice (a first build takes a few minutes)"
	@$(SWIFT) build -c release $(BUILD_TRAITS) --product sluice
	@exec .build/release/sluice serve $(ARGS)

build: ## build the server for speed
	$(SWIFT) build -c release $(BUILD_TRAITS) --product sluice

test: test-tools test-build test-run test-threads test-instructions lint ## install what tests need, then run every check there is
	@echo "all checks passed"

test-tools: ## install the programs that tests talk to
	@Scripts/test-tools.sh

test-build: ## build everything that the tests run
	@echo "building all modules and tests (debug)"
	@$(SWIFT) build $(TEST_TRAITS) --build-tests

test-run: test-build ## run the tests; one of them by ARGS="--filter SomeTests"
	@SWIFT="$(SWIFT)" Scripts/run-tests.sh $(TEST_TRAITS) $(ARGS)

test-threads: ## run the core's tests under the thread sanitizer
	@echo "building and testing the core under the thread sanitizer"
	@# Under the sanitizer the program that prints backtraces never ends, and the tests with it.
	@SWIFT_BACKTRACE=enable=no $(SWIFT) test $(SANITIZED) --disable-xctest

test-instructions: ## count the core's instructions against the stored ones; fails where a tenth more are needed
	@if [ "$$(uname -s)" = Linux ]; then SWIFT="$(SWIFT)" Scripts/instruction-counts.py; \
	else echo "instructions are counted on Linux only: there is no valgrind here"; fi

soak: bench-program ## an hour, or ARGS="--seconds 600", of mixed load while Redis's nodes die and clients misbehave
	@python3 Scripts/soak --grpc --seconds 3600 $(ARGS)

bench: bench-decisions bench-resp bench-http bench-grpc bench-redis bench-bots bench-outbound bench-published ## measure Sluice and what it is compared with, as docs/performance.md tells

bench-published: bench-suites bench-peers ## every table that the replaced systems publish, measured here, and what Sluice's peers do

bench-tools:
	@Scripts/bench-tools.sh

# One program for all that measure the server: with another set of traits it would be built anew.
bench-program:
	@$(SWIFT) build -c release --traits GRPC --product sluice

bench-suites: bench-tools test-tools bench-program ## measure what others publish of themselves; suites and options in ARGS="stores users --rounds 3"
	@# A pass mark that is missed is told, and keeps nothing else from being measured.
	@.build/release/sluice bench $(ARGS) || [ $$? -eq 1 ]

bench-decisions: bench-tools ## measure decisions in this process; suites and rounds in ARGS="single --rounds 3"
	@$(SWIFT) build -c release --package-path Benchmarks
	@Benchmarks/.build/release/compare $(ARGS)
	@Scripts/allocation-counts.sh
	@cd Benchmarks && $(SWIFT) package benchmark

bench-resp: bench-tools bench-program ## measure the Redis protocol against redis-server
	@Benchmarks/redis-benchmark/compare.py

bench-http: bench-tools bench-program ## measure HTTP: against Hummingbird and nginx, the middleware, behind nginx, during reloads
	@$(SWIFT) build -c release --package-path Benchmarks/http
	@Benchmarks/http/compare.py
	@Benchmarks/http/middleware.py
	@Benchmarks/http/proxies.py
	@Benchmarks/http/reload.py
	@Benchmarks/http/settings.py

bench-grpc: bench-tools test-tools bench-program ## measure Envoy's service against a constant one, and behind Envoy
	@$(SWIFT) build -c release --package-path Benchmarks/grpc
	@Benchmarks/grpc/compare.py
	@Benchmarks/grpc/envoy.py

bench-redis: bench-tools ## measure decisions on Redis and a cluster; suites in ARGS="unique hot"
	@$(SWIFT) build -c release --package-path Benchmarks/redis
	@Benchmarks/redis/compare.py $(ARGS)

bench-bots: bench-tools ## measure bots beside aiogram-sentinel, caches, and Telegram; suites in ARGS="memory --rounds 3"
	@$(SWIFT) build -c release --package-path Benchmarks/bots
	@Benchmarks/bots/compare.py $(or $(ARGS),memory redis redis-users)
	@Benchmarks/bots/.build/release/Caches
	@Benchmarks/bots/.build/release/Telegram webhook
	@Benchmarks/bots/.build/release/Telegram send

bench-outbound: bench-tools ## measure pacing: what a send costs, and Telegram's limits in a time of its own
	@$(SWIFT) build -c release --package-path Benchmarks/bots --product Outbound
	@Benchmarks/bots/.build/release/Outbound

bench-instructions: ## count them for paths alone, or store them: paths, --update, --draw in ARGS
	@SWIFT="$(SWIFT)" Scripts/instruction-counts.py $(ARGS)

bench-peers: bench-tools test-tools bench-program ## measure beside peers, and write docs/performance.md; ARGS="--scenario proxies"
	@Benchmarks/peers/compare.py --write $(ARGS)

format: ## lay out all Swift code by .swift-format
	@$(SWIFT) format --in-place --parallel --recursive $(FORMATTED)

lint: ## check that layout
	@$(SWIFT) format lint --strict --parallel --recursive $(FORMATTED) && echo "layout is right"

clean: ## remove everything that was built
	rm -rf .build .build-tsan .build-generators Benchmarks/.build Benchmarks/*/.build Examples/*/.build
