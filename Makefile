# The four commands a newcomer needs: run, test, bench, lint.
PY ?= python3
BIN := .venv/bin
# What static analysis needs to read the settings without any server.
ANALYSIS := DATABASE_URL=postgres://none/none REDIS_URL=unix:///none SMRT_LOCAL=1 SECRET_KEY=only-for-static-analysis-0123456789abcdefghij

.venv/.done: requirements/runtime.txt requirements/test.txt
	$(PY) -m venv .venv
	$(BIN)/pip install --disable-pip-version-check --require-hashes -r requirements/runtime.txt -r requirements/test.txt
	touch $@

types: .venv/.done
	$(ANALYSIS) $(BIN)/mypy .

.PHONY: types
