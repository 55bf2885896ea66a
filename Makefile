# Everything starts here: `make demo` shows the platform at work, `make test` proves it.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python -m
seed ?=

.PHONY: help setup up down clean logs status code demo release story test test-fast browser screenshots check format bench bench-console bench-events bench-feed bench-member bench-vouchers chaos contracts kubernetes clients migration lock

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.installed ## Install what is pinned in requirements.lock into .venv

.venv/.installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 2; }
	@echo "Installing into .venv (about a minute the first time)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

up: setup ## Start the whole platform here, without Docker; Ctrl-C stops it
	@$(RUN) deploy.local up

down: setup ## Stop the platform; its data stays
	@$(RUN) deploy.local down

clean: setup ## Stop the platform and remove its data
	@$(RUN) deploy.local clean

status: setup ## Show every component with its memory
	@$(RUN) deploy.local status

logs: setup ## Follow the logs of a service or component: make logs s=voucher
	@$(RUN) deploy.local logs $(s)

code: setup ## The second factor of a demo account, to log in to the console: make code u=operator
	@$(RUN) deploy.local code $(u)

demo: setup ## Play the ministry's 2,750 vouchers on the real platform
	@$(RUN) deploy.demo

release: setup ## Make a commit a release that the console can roll out here: make release c=HEAD
	@$(RUN) deploy.local release $(c)

story: setup ## What became of a booking, in every service: make story id=<correlation id>
	@$(RUN) deploy.story '$(subst ','\'',$(value id))'

test: setup ## Every test, on real Kafka, PostgreSQL, Valkey and Keycloak
	@$(RUN) pytest

test-fast: setup ## The tests that need no Kafka
	@$(RUN) pytest --ignore=tests/system

browser: setup ## The console in a real browser: every page in every form, and the stories
	@$(RUN) tests.browser

screenshots: setup ## Take the pictures of docs/images anew, from the stories
	@SCREENSHOTS=1 $(RUN) tests.browser tests/browser/test_stories.py

check: setup ## Format, lint, types, imports, compose and Kubernetes files, generated contracts
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@mkdir -p var
	@$(BIN)/lint-imports > var/lint-imports.log 2>&1 || { cat var/lint-imports.log; exit 1; }
	@$(RUN) deploy.check_compose
	@$(RUN) deploy.check_k8s
	@$(RUN) deploy.contracts --check
	@echo "check: clean"

format: setup ## Format the code and mend what ruff can
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

bench: setup ## Measure ours beside the peers; writes var/bench/*.json
	@$(RUN) tests.bench

bench-events: setup ## Measure the event backbone beside its peers; writes var/bench/events.json
	@$(RUN) tests.bench.events

bench-console: setup ## Measure the console: first view, a change until it is seen, fan-out, a slow console; writes var/bench/console.json
	@$(RUN) tests.bench.console

bench-feed: setup ## Measure the feed from an event to its readers; writes var/bench/feed.json
	@$(RUN) tests.bench.feed

bench-member: setup ## Measure the member service beside its peers; writes var/bench/member.json
	@$(RUN) tests.bench.member

bench-vouchers: setup ## Measure vouchers beside pgbench and openedx-ledger (Python 3.12 or newer); writes var/bench/vouchers.json
	@$(RUN) tests.bench.vouchers

chaos: setup ## Kill every component at random under load, 50 times; again with: make chaos seed=123
	@$(RUN) tests.chaos $(if $(seed),--seed $(seed))

kubernetes: setup ## Build a real Kubernetes API server for its tests, once (four minutes; needs Go)
	@$(RUN) tests.kubernetes.api_server

contracts: setup ## Generate JSON Schemas, OpenAPI documents, docs/events.md and the models of clients/
	@$(RUN) deploy.contracts

clients: setup ## Make the subscribers of clients/ ready to run
	@$(RUN) deploy.clients

migration: setup ## Start a migration: make migration s=voucher m=what_changes
	@$(RUN) deploy.migration $(s) $(m)

lock: setup ## Resolve the dependencies anew into requirements.lock
	@$(BIN)/uv export --quiet --all-packages --all-groups --no-emit-workspace --no-header \
		--format requirements-txt --output-file requirements.lock
