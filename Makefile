# What a newcomer needs: run, test, bench, lint. Everything else helps the people who build this.
# The rest of this file only says in which order things happen; embedded/ holds how.

PYTHON = $$(sh embedded/find-python)
BIN := .venv/bin
# What reading the settings takes when no server is wanted.
ANALYSIS := SMRT_LOCAL=1 DATABASE_URL=postgres://none/none REDIS_URL=unix:///none SECRET_KEY=only-for-static-analysis-0123456789abcdefghij
export PORT ONLY PY
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
.DEFAULT_GOAL := help

help:
	@echo "make run      the whole site on this machine, with a demo school; Ctrl-C ends it (PORT=8000)"
	@echo "make test     everything CI checks"
	@echo "make lint     format, style, types and import layers only"
	@echo "make bench    measurements beside their peers (ONLY=streaming, credits, certificates, workshops, payments, pages)"
	@echo "make chaos    the long fault, race and load suites"
	@echo "make shell    a Python shell on the site's data"
	@echo "make reset    forget the site's data; packages stay"

# The site itself. The first run downloads what it needs; later runs find it in place.
run:
	@python=$(PYTHON) && "$$python" embedded/install.py
	@exec $(BIN)/python -m embedded.stack

install:
	@python=$(PYTHON) && "$$python" embedded/install.py --with-tests

shell:
	@exec $(BIN)/python manage.py shell

reset:
	@python=$(PYTHON) && "$$python" -m embedded.reset

# What CI runs, in this order; the first failure ends it. Three processes for two cores: a third of the time one of them waits for a browser,
# a worker or a film.
test: export SMRT_NO_SKIPS := 1
test: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(ANALYSIS) $(BIN)/mypy .
	$(ANALYSIS) $(BIN)/lint-imports
	$(ANALYSIS) $(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/pytest -q -n 3 --dist loadfile --no-loadscope-reorder --create-db -m "not e2e and not chaos"
	$(BIN)/pytest -q --create-db -m e2e

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(ANALYSIS) $(BIN)/mypy .
	$(ANALYSIS) $(BIN)/lint-imports

types:
	$(ANALYSIS) $(BIN)/mypy .

# Writes docs/reliability.md when everything held.
chaos: export SMRT_RELIABILITY := 1
chaos: install
	$(BIN)/pytest -q --create-db --timeout 1800 -m chaos

bench: install
	@$(BIN)/python -m benchmarks.run

.PHONY: help run install shell reset test lint types chaos bench
