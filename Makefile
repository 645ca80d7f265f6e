.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
OUT ?= vmaudit-demo
READY := $(VENV)/.ready

KQL := tests/azure/kql

.PHONY: help demo test check bench samples conformance kql pango clean

help: ## what there is to make
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 14

demo: $(READY) pango ## audit the built-in tenant Contoso: grades in the terminal, reports in ./vmaudit-demo
	@$(RUN)/vmaudit demo --out $(OUT) --force

test: $(READY) pango ## all tests
	@$(RUN)/python -m pytest

check: $(READY) pango kql ## all that must hold before a change lands: format, lint, types, layers, tests, docs, samples
	@$(RUN)/ruff format --check .
	@$(RUN)/ruff check .
	@$(RUN)/pyright
	@$(RUN)/lint-imports
	@$(RUN)/python -m pytest

samples: $(READY) pango ## re-make sample_output/ from the demo tenant
	@$(RUN)/python tests/remake_samples.py

bench: $(READY) ## measure: import, audit and collection of a generated estate (SIZES="10000 100000" STEPS=collect)
	@$(RUN)/python benchmarks/bench.py $(SIZES) $(if $(STEPS),--steps $(STEPS))

conformance: $(READY) ## compare with Azure's own recorded verdicts, where the recordings are at hand
	@$(RUN)/python tests/recordings/conformance.py

# One environment of its own, made again when the dependencies change.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "vmaudit needs Python 3.11 or newer; try make PYTHON=python3.12"; exit 1; }
	@test -x $(RUN)/python || $(PYTHON) -m venv $(VENV) || { echo "Python can't make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Installing vmaudit into $(VENV) ..."
	@$(RUN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

# Microsoft's own KQL parser, which runs on Node. Without it the queries are only run by the tests' own Azure.
kql: ## fetch Microsoft's KQL parser, which `make check` binds our queries with
	@cmp -s $(KQL)/package-lock.json $(KQL)/node_modules/.fetched \
	|| { npm ci --prefix $(KQL) --ignore-scripts --no-audit --no-fund --silent && cp $(KQL)/package-lock.json $(KQL)/node_modules/.fetched; } \
	|| echo "npm did not bring Microsoft's KQL parser: the queries are not checked by it"

# WeasyPrint draws with Pango, which no Python package brings along. Without it everything but the PDF works.
pango: $(READY)
	@.ci/pango $(RUN)/python

clean: ## remove the environment and what was made
	rm -rf $(VENV) $(OUT) $(KQL)/node_modules .pytest_cache .ruff_cache .hypothesis
