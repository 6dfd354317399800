# Everything a contributor or an installer does; `make` lists it. Flags are the same in every target, since SwiftPM
# builds anew when they change: over all targets there is one debug build (.build), one release build with its tests
# (.build-release) and, for installing only, one with a static Swift runtime (.build-install).

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# A plain `import` of what a target does not declare is an error; the other strictness stands in Package.swift.
STRICT := --explicit-target-dependency-import-check error
DEBUG := $(STRICT)
RELEASE := $(STRICT) -c release -Xswiftc -enable-testing --scratch-path .build-release
# What leaves this machine says nothing of its folders, and its loader's tables are read-only.
INSTALL := $(STRICT) -c release --static-swift-stdlib --scratch-path .build-install \
  -Xswiftc -file-prefix-map -Xswiftc $(CURDIR)=. -Xcc -ffile-prefix-map=$(CURDIR)=. \
  -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now -Xlinker --build-id=sha1
# Suites that only mean something at speed, or run whole rows for hours: in release, and alone there.
FAST_SUITES := TrialsTests FlightRecorderTests LoopTuningTests CommissioningTests
# Real programs against the clock: alone, so that nothing else takes their time.
RIG_SUITES := RigTests

# make run
SITE ?= config/row.demo.yaml
SPEED ?= 1
DURATION ?=
# make trial, make trials
SEED ?= 1
SEEDS ?= 1000
FIRST_SEED ?= 1
# make fuzz, with SEED
RUNS ?= 20000
# make recorder-kills
KILLS ?= 1000
# make soak, with SEED
HOURS ?= 1
ROWS ?= 1
# make install; the programs look for profiles below /usr/local and /usr.
PREFIX ?= /usr/local
DESTDIR ?=

# Somebody's own choice of suites is not for the gates.
unexport IRHX_TESTS

.PHONY: help setup build run test test-systemd trial trials mutants fuzz recorder-kills soak
.PHONY: trial-hashes check bench bench-qp energy install deb uninstall format clean
# In this order.
GATES := format scripts pure build sites docs manual units systemd
.PHONY: $(GATES:%=check-%)

help: ## Show these targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

setup: ## Install the missing system packages for building and testing, and no others
	@scripts/setup.sh test

# Debug: built in about a minute, where release takes two and a half; at one cycle a second nobody sees the difference.
build: ## Build all programs (debug)
	@scripts/setup.sh build
	swift build $(DEBUG)

run: build ## Run the simulated row [DURATION=60] [SITE=config/row.demo.yaml] [SPEED=1]
	@scripts/run-row.sh .build/debug '$(SITE)' '$(SPEED)' '$(DURATION)'

# The independent Python clients come from .build-python. A core is 210 kB, unoptimised code keeps every copy of one in
# its own place, and a test with twenty of them fills half of the usual 8 MB of stack: its threads get 64 MB.
test: export PATH := $(CURDIR)/.build-python/bin:$(PATH)
test: setup ## Run all tests
	swift build $(DEBUG) --build-tests
	ulimit -s 65536 || true; swift test $(DEBUG) --skip-build $(FAST_SUITES:%=--skip %) $(RIG_SUITES:%=--skip %)
	swift test $(DEBUG) --skip-build $(RIG_SUITES:%=--filter %)
	IRHX_TESTS='$(FAST_SUITES)' swift test $(RELEASE)

test-systemd: deb ## Install the packages in a container with a real systemd, and live a row's life there (root)
	@scripts/setup.sh test
	scripts/test-systemd.py .build-deb

trial: ## Run the trial that a seed draws, and explain how it fails [SEED=1]
	@scripts/setup.sh build
	swift build $(RELEASE) --product irhx-trial
	"$$(swift build $(RELEASE) --show-bin-path)/irhx-trial" seed '$(SEED)'

trials: ## Run many seeded trials on all cores [SEEDS=1000] [FIRST_SEED=1]
	@scripts/setup.sh build
	swift build $(RELEASE) --product irhx-trial
	"$$(swift build $(RELEASE) --show-bin-path)/irhx-trial" seeds --count '$(SEEDS)' --first '$(FIRST_SEED)' \
	  --threads "$$(nproc)" --explain

mutants: ## Plant mistakes into the safety logic, and see that the core's tests notice each
	@scripts/setup.sh build
	scripts/mutation-check.py

fuzz: ## Feed everything that reads what others write with what is almost right [RUNS=20000] [SEED=1]
	@scripts/setup.sh build
	swift build $(DEBUG) --build-tests
	IRHX_FUZZ_RUNS='$(RUNS)' IRHX_FUZZ_SEED='$(SEED)' swift test $(DEBUG) --skip-build --filter FuzzTests

recorder-kills: ## Kill a recording program again and again, and see that no cycle is torn [KILLS=1000]
	@scripts/setup.sh build
	swift build $(RELEASE) --product irhx-trial
	swift build $(RELEASE) --product irhxctl
	scripts/recorder-kills.sh "$$(swift build $(RELEASE) --show-bin-path)" '$(KILLS)'

soak: ## Run real daemons for hours, with one fault after the other [HOURS=1] [ROWS=1] [SEED=1]
	@scripts/setup.sh build
	swift build $(RELEASE)
	"$$(swift build $(RELEASE) --show-bin-path)/irhx-trial" soak --hours '$(HOURS)' --rows '$(ROWS)' --seed '$(SEED)'

trial-hashes: ## Compare the states that three seeds end in, debug and release
	swift build $(DEBUG) --product irhx-trial
	swift build $(RELEASE) --product irhx-trial
	diff <(.build/debug/irhx-trial seeds --count 3 --hours 1.2 --hashes | grep hash | sort) \
	  <("$$(swift build $(RELEASE) --show-bin-path)/irhx-trial" seeds --count 3 --hours 1.2 --hashes | grep hash | sort)
	@echo 'same state, bit for bit'

check: setup $(GATES:%=check-%) ## Run all gates
	@echo 'check: all gates passed'

check-format: ## Gate: swift-format finds nothing
	swift format lint --strict --parallel --recursive Package.swift Sources Tests

check-scripts: ## Gate: shellcheck finds nothing
	shellcheck scripts/*.sh .ci/run debian/*.postinst debian/*.prerm debian/*.postrm

check-pure: ## Gate: the core compiles as Embedded Swift without an allocator
	swiftc -parse-as-library -wmo -O -enable-experimental-feature Embedded -Xfrontend -no-allocations \
	  -module-name CoolingCore -emit-object -o /dev/null $$(find Sources/CoolingCore -name '*.swift')

check-build: ## Gate: everything builds without a warning
	swift build $(DEBUG) --build-tests

check-sites: check-build ## Gate: the shipped site files hold
	.build/debug/irhxd check config/row.*.yaml

check-docs: check-build ## Gate: generated documents are what the code says
	.build/debug/irhxd cause-and-effect | diff -u docs/cause-and-effect.md -
	.build/debug/irhxd alarm-philosophy | diff -u docs/alarm-philosophy.md -
	.build/debug/irhxd alarm-catalog | diff -u <(sed -n '/^# Alarms\./,$$p' systemd/irhxd.catalog) -

check-manual: check-build ## Gate: manual pages are made without a warning
	rm -rf .build/manual
	python3 scripts/manual.py .build/debug .build/manual /usr
	mandoc -T lint -W warning .build/manual/*

check-units: check-build ## Gate: the systemd units hold, and expose little
	scripts/check-units.sh .build/debug

# The programs of the debug build, packed as they are shipped: a static build would take longer than all tests.
check-systemd: check-build ## Gate: installed rows hold under a real systemd, where this machine can boot one
	scripts/build-deb.sh .build/debug .build/deb
	scripts/test-systemd.py .build/deb --or-notice

bench: ## Measure, print a table, write docs/benchmarks.md
	@scripts/setup.sh build
	@scripts/setup.sh bench
	swift build $(RELEASE)
	"$$(swift build $(RELEASE) --show-bin-path)/irhx-trial" bench --write docs/benchmarks.md

energy: ## Compare irhx with off-the-shelf control, print a table, write docs/energy.md and docs/water.md
	@scripts/setup.sh energy
	swift build $(RELEASE) --product irhx-trial
	"$$(swift build $(RELEASE) --show-bin-path)/irhx-trial" energy --threads "$$(nproc)" --write
	.build-python/bin/python3 scripts/water.py docs/energy.json docs/water.md

bench-qp: ## Measure the MPC's solver beside its peers, write its section of docs/benchmarks.md
	@scripts/setup.sh build
	@scripts/setup.sh solvers
	swift build $(RELEASE) --product irhx-trial
	scripts/bench-qp.sh "$$(swift build $(RELEASE) --show-bin-path)/irhx-trial" docs/benchmarks.md

install: ## Install programs, profiles, units and documents [PREFIX=/usr/local] [DESTDIR=]
	@scripts/setup.sh build
	swift build $(INSTALL)
	scripts/install.sh install "$$(swift build $(INSTALL) --show-bin-path)" '$(PREFIX)' '$(DESTDIR)'

deb: ## Build the Debian packages irhx and irhx-sim, into .build-deb
	@scripts/setup.sh package
	swift build $(INSTALL)
	scripts/build-deb.sh "$$(swift build $(INSTALL) --show-bin-path)" .build-deb
	lintian --allow-root --fail-on error,warning .build-deb/*.deb
	@ls .build-deb/*.deb

uninstall: ## Remove what install has put there [PREFIX=/usr/local] [DESTDIR=]
	scripts/install.sh uninstall - '$(PREFIX)' '$(DESTDIR)'

format: ## Format all Swift code
	swift format --in-place --parallel --recursive Package.swift Sources Tests

clean: ## Remove everything that was built here
	rm -rf .build .build-*
