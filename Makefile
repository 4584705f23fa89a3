# Everything a newcomer needs. Each target sets up what it needs by itself, on a bare Debian with Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SHELL := /bin/bash
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
UPGRADE ?= --upgrade
# One more than there are cores: tests wait for servers, daemons and clocks as often as they compute.
WORKERS ?= $(shell n=$$(nproc); echo $$((n < 8 ? n + 1 : 8)))
# The extras that `make demo` shows; a publisher's or a cluster's libraries are large, so only the tests install all.
# All but Spark, which is large and has a lock of its own.
EXTRAS := $(foreach extra,cluster delta encoding excel keyring pdf remote simulate tableau telemetry,--extra $(extra))
RUNTIME := $(foreach extra,encoding excel keyring pdf simulate,--extra $(extra))
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# pip compiles what it installs, but not what an editable install points at.
COMPILE := $(BIN)/python -m compileall -q hub connectors sync_jobs metrics
.DEFAULT_GOAL := help
.PHONY: help demo test test-spark lint bench audit docs lock wheel clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.runtime ## A made-up group: sync its exports and the simulated systems, print the numbers, write a report
	$(BIN)/hub demo

# Where Python may keep nothing that it compiled, the workers and the commands that tests start compile it all anew.
test test-spark: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.dev lint ## Lint, then all tests on SQLite and on a real PostgreSQL
	$(BIN)/python .ci/rewrite.py
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

test-spark: $(VENV)/.dev ## The tests against Spark, which take a Java of 17 or newer, 400 MB and minutes
	$(PIP) --require-hashes -r requirements/spark.txt
	HUB_TEST_SPARK=1 $(BIN)/python -m pytest tests/integration/test_engines_spark.py tests/integration/test_match_spark.py $(TESTS)

lint: $(VENV)/.dev ## Style, types, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.dev ## Measure throughput, memory and ratios to bare scripts and dlt (takes a while; see bench/README.md)
	$(BIN)/python -m bench $(BENCH)

audit: $(VENV)/.dev ## Known vulnerabilities in what is pinned; where nobody can be asked, that is said, and is no failure
	$(BIN)/python .ci/audit.py

docs: $(VENV)/.dev ## Write all that is generated from the code: catalogue, schemas, reference pages
	$(BIN)/python -m hub.model.generate
	$(BIN)/python -m hub.store.migrations.newborn
	$(BIN)/hub schema --out config
	$(BIN)/python -m hub.starter
	$(BIN)/python docs/generate.py

lock: $(VENV)/.dev ## Pin and hash all dependencies anew (UPGRADE= keeps the pins that still fit)
	$(LOCK) $(RUNTIME) $(UPGRADE) -o requirements/runtime.txt pyproject.toml
	$(LOCK) --group build -c requirements/runtime.txt -o requirements/build.txt
	$(LOCK) $(EXTRAS) --group dev $(UPGRADE) -c requirements/runtime.txt -c requirements/build.txt -o requirements/dev.txt pyproject.toml
	$(LOCK) --group spark $(UPGRADE) -c requirements/dev.txt -o requirements/spark.txt

wheel: $(VENV)/.dev ## Build the wheel into dist/
	$(BIN)/python -m build --wheel --no-isolation

clean: ## Remove the environment and everything built
	rm -rf $(VENV) dist build var demo .mypy_cache .ruff_cache .pytest_cache .hypothesis

# A Debian without python3-venv cannot make an environment with pip in it; as root we can mend that.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	    rm -rf $(VENV); echo "Installing python3-venv"; \
	    apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV); }

$(VENV)/.runtime: requirements/runtime.txt requirements/build.txt pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	$(PIP) --no-deps --no-build-isolation -e .
	$(COMPILE)
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r requirements/dev.txt
	$(PIP) --no-deps --no-build-isolation -e .
	$(COMPILE)
	@touch $@ $(VENV)/.runtime
