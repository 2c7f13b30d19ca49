# make help lists the targets.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
# A stamp is named by the content of what was installed, so that touching a file or changing a
# branch there and back installs nothing.
LOCKED := $(shell cat pyproject.toml constraints.txt 2>/dev/null | cksum | tr -d ' ')
NODE_LOCKED := $(shell cat package.json package-lock.json 2>/dev/null | cksum | tr -d ' ')
INSTALLED := $(VENV)/.installed-$(LOCKED)
TESTABLE := $(VENV)/.testable-$(LOCKED)
MODULES := node_modules/.installed-$(NODE_LOCKED)

.PHONY: help site serve check test prove unit lint format benchmark clean
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{printf "make %-10s %s\n", $$1, $$2}'

site: $(MODULES) $(INSTALLED) ## install what is needed and build the site into _site
	@$(BIN)/python build.py

serve: $(MODULES) $(INSTALLED) ## show each page on this machine as soon as it is made, and on every change
	@$(BIN)/python build.py serve

check: $(MODULES) $(INSTALLED) ## build, then prove models and pages in headless Chromium
	@$(BIN)/python build.py browser --install >/dev/null
	@$(BIN)/python build.py check

test: $(MODULES) $(TESTABLE) ## build the site, lint, run all unit tests and use each page once
	@$(BIN)/python build.py browser --install >/dev/null
	@$(BIN)/python build.py
	@sh scripts/lint
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 3 --dist loadfile

prove: $(MODULES) $(TESTABLE) ## the rest: all models on all backends, whole trainings, faults
	@$(BIN)/python build.py browser --install >/dev/null
	@$(BIN)/python build.py
	@$(BIN)/python -m pytest -m prove --numprocesses auto --maxprocesses 2 --dist loadfile

unit: $(MODULES) $(TESTABLE) ## the unit tests of what changed since main, or with ALL=1 all
	@scripts/unit $(if $(ALL),all)

lint: $(TESTABLE) $(MODULES) ## check format, style and types of Python and JavaScript
	@sh scripts/lint

format: $(TESTABLE) $(MODULES) ## bring Python and JavaScript into their format
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format --quiet .
	@node_modules/.bin/biome check --write --log-level=error .

benchmark: $(TESTABLE) $(MODULES) ## measure packing, decoding, models, pages
	@$(BIN)/python benchmarks/pack.py
	@$(BIN)/python benchmarks/decode.py
	@$(BIN)/python benchmarks/nothing_to_do.py
	@$(BIN)/python benchmarks/pages.py
	@$(BIN)/python benchmarks/models.py
	@$(BIN)/python benchmarks/sketcher.py
	@$(BIN)/python benchmarks/transfer.py

clean: ## remove the built site and the notes on the last build
	@if [ -x $(BIN)/python ]; then $(BIN)/python build.py clean; else rm -rf _site .prebake; fi

$(INSTALLED):
	@sh scripts/setup $(VENV) .
	@rm -f $(VENV)/.installed-* && touch $@

$(TESTABLE): $(INSTALLED)
	@sh scripts/setup $(VENV) '.[test]'
	@rm -f $(VENV)/.testable-* && touch $@

$(MODULES):
	@sh scripts/node
	@npm ci --no-fund --no-audit --loglevel=error
	@touch $@
