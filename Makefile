# The front door. `make up` is all a user needs; what the targets do stands in install/ and in Rust.
# Everything that is built lies outside the clone, in $CRANE_CACHE (~/.cache/crane).

.PHONY: help up down prerequisites test-prerequisites build lint test test-rust test-web test-cluster test-browser test-machine audit bench bed

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

up: ## build and start everything on this machine, and print the link to the dashboard
	@install/up.sh

down: ## stop what `make up` started; data stays
	@install/down.sh

prerequisites: ## install the compilers and tools that are missing
	@install/prerequisites.sh

test-prerequisites:
	@install/prerequisites.sh --tests

build: prerequisites ## manager with dashboard, static agent, command line client
	@install/build.sh

lint: test-prerequisites ## format, clippy, shell scripts, web
	@install/in-env.sh cargo fmt --all --check
	@install/web.sh
	@install/rocksdb.sh
	@install/in-env.sh cargo clippy --release --locked --workspace --all-targets -- -D warnings
	@shellcheck install/*.sh .ci/run
	@npm --prefix web run lint

test: lint audit test-rust test-web test-cluster test-browser ## everything; needs root for the cluster of several hosts

test-rust: build ## unit tests, house rules
	@install/in-env.sh cargo test --release --locked --workspace --lib --bins
	@install/in-env.sh cargo test --release --locked -p crane-tests --test tidy --test frames

test-web: prerequisites ## the dashboard's own tests
	@install/web.sh
	@npm --prefix web test

test-cluster: test-prerequisites build ## end to end on a real Swarm of three hosts
	@install/in-env.sh --root cargo test --release --locked -p crane-tests --test cluster

test-browser: test-prerequisites build ## end to end in a real Chromium
	@install/in-env.sh --root cargo run --release --locked -p crane-tests --bin bed -- run 3 -- npm --prefix web run e2e

test-machine: ## systemd, reboots, cgroup v2 and the units, in an emulated machine; needs root; no part of `make test`
	@install/prerequisites.sh --machine
	@install/build.sh
	@install/in-env.sh --root cargo test --release --locked -p crane-tests --test machine

audit: prerequisites ## known holes and licences of everything we use
	@install/audit.sh

bench: test-prerequisites build ## figures against docker's own, in one run
	@install/in-env.sh --root cargo run --release --locked -p crane-tests --bin bench

bed: test-prerequisites build ## three hosts with a panel, kept up for hands and browser; `make bed ARGS=down` ends it
	@install/in-env.sh --root cargo run --release --locked -p crane-tests --bin bed -- $(or $(ARGS),up)
