# `make` alone prints this list.
PYTHON ?= python3
BIN := .venv/bin
# Tests of one file stay together: they share a browser, or a server.
CORES := -n 2 --dist loadfile
.DEFAULT_GOAL := help
.PHONY: help install demo serve test test-pg network check lint types imports format screenshots bench

help:     ## print this list
	@sed -n 's/^\([a-z-]*\):.*##/make \1\t/p' Makefile | expand -t 16
install:  .venv/installed  ## create .venv from the locked versions, with the command .venv/bin/dosfed
demo:     install  ## two instances that follow, vote and argue on each other (ARGS=--once: then end)
	@$(BIN)/dosfed demo $(ARGS)
serve:    install  ## a local server with a sample consultation, at http://localhost:8000
	@test -e data/dosfed.sqlite3 || $(BIN)/dosfed import dosfed/samples/quais.json; DOSFED_SMTP_URL=$${DOSFED_SMTP_URL:-folder} exec $(BIN)/dosfed serve
test:     install  ## all tests but the slow ones, on SQLite; pages in Chromium, if there is one
	@$(BIN)/pytest -q -rs $(CORES) --ignore=tests/network $(ARGS)
test-pg:  install  ## those of them that open a database, one case of each, on a PostgreSQL that is started for them; without Chromium
	@$(BIN)/python tests/with_postgres.py $(BIN)/pytest -q $(CORES) --ignore=tests/network --ignore=tests/browser $(ARGS)
network:  install  ## several whole servers, and other slow tests
	@$(BIN)/pytest -q $(CORES) tests/network $(ARGS)
check:    lint types imports test  ## what every change must pass
lint:     install  ## ruff, and whether the translations are complete
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet . && $(BIN)/python tools/translations.py check
types:    install  ## mypy, strict
	@$(BIN)/mypy
imports:  install  ## who may import whom
	@$(BIN)/lint-imports --no-logo
format:   install  ## write the code as ruff does
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .
screenshots: install  ## take the pictures in docs/images anew, in Chromium
	@$(BIN)/python tools/screenshots.py
bench:    install  ## what is measured, against what
	@$(BIN)/python -m bench $(ARGS)

.venv/installed: requirements.lock pyproject.toml tools/install
	@PYTHON=$(PYTHON) tools/install
