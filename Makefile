# The commands of the house. Each builds what it needs in .venv, from pinned versions; nothing else on the machine
# is touched, and only `make test-system` needs system programs.

PYTHON ?= $(firstword $(foreach python,python3.11 python3.12 python3.13 python3.14 python3,$(shell \
	$(python) -c 'import sys; print(sys.executable if sys.version_info >= (3, 11) else "")' 2>/dev/null)))
BIN := .venv/bin
DEMO := .demo/improv.db
IMPROV := IMPROV_DB=$(DEMO) IMPROV_CONFIG=/dev/null $(BIN)/improv

.PHONY: help demo test test-system faults bench check format real clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

.venv/made:
	@test -n "$(PYTHON)" || { echo "improv needs Python 3.11 or newer; put it on the PATH or say make PYTHON=…" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/program: .venv/made requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/tools: .venv/program requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@

.venv/system: .venv/tools requirements-system.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-system.lock
	@touch $@

demo: .venv/program ## the weekly report, the alerts and today's page of a year-long sample book
	@rm -rf .demo && mkdir .demo
	@$(IMPROV) sample
	@$(IMPROV) report weekly
	@$(IMPROV) alerts
	@$(IMPROV)

test: .venv/tools ## the tests; no system program needed
	$(BIN)/python -m pytest --numprocesses auto --dist loadgroup

test-system: .venv/system ## the tests that need chromium, less, cron, systemd, exim4 or strace; pictures of the web pages go to build/pages
	$(BIN)/python -m pytest --numprocesses auto --dist loadgroup tests/system tests/faults

check: .venv/tools ## style, types, and who may import whom
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/tools ## lay the code out
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

faults: .venv/system ## every fault, in full counts; writes docs/reliability.md
	rm -rf build/faults
	FAULTS=full $(BIN)/python -m pytest --numprocesses auto --dist loadgroup tests/faults
	$(BIN)/python -m tests.faults.page

PARTS :=

bench: .venv/tools ## how fast it is, beside other programs and SQL; writes docs/performance.md (PARTS="startup peers": these alone)
	$(BIN)/python -m bench.page $(PARTS)

real: .venv/program ## the known answers, from the real data in ../shared/data
	PATH="$(CURDIR)/$(BIN):$$PATH" examples/real.sh ../shared/data

clean: ## remove everything that was built
	rm -rf .venv .demo build .hypothesis .mypy_cache .ruff_cache .import_linter_cache
