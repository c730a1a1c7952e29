# make demo: score the sample articles, on a machine with nothing but Python.
# make test: everything that is checked before a release, pip only.

PYTHON ?= python3
BIN := .venv/bin
SAMPLES := $(sort $(wildcard data/samples/*.txt))
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test clean

$(BIN)/python:
	$(PYTHON) -m venv .venv

demo: $(BIN)/python
	$(BIN)/pip install --quiet '.[server]'
	$(BIN)/unspun score $(SAMPLES) || test $$? -eq 1  # 1 says that something is flagged
	$(BIN)/python -I -m api.demo $(SAMPLES)
	@echo "To keep a server running:  $(BIN)/unspun serve   then open http://127.0.0.1:8000/docs"

test: $(BIN)/python
	$(BIN)/pip install --quiet --editable '.[test]'
	$(BIN)/pytest
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

clean:
	rm -rf .venv dist
