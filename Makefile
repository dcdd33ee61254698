# The contributor's menu. `make` alone prints it.
BIN := .venv/bin
# Options for the command behind `demo`, `test` and `bench`: make test ARGS="-k cancel"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv and install everything at the pinned versions
	@sh tools/setup.sh

demo: setup ## a whole running system: server, worker, robots, orders
	@$(BIN)/orderwright demo $(ARGS)

test: setup ## the tests
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(ARGS)

check: setup ## format, lint, types, import contracts, architecture tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest tests/architecture --quiet

bench: setup ## every measurement of benchmarks/, one after the other
	@for module in $$(grep -lE '^(async )?def main\(' benchmarks/*.py); do \
		name=benchmarks.$$(basename $$module .py); \
		echo "== $$name"; \
		$(BIN)/python -m $$name $(ARGS) || exit; \
	done

clean: ## remove .venv, caches and build output; the data in var/ stays
	rm -rf .venv build dist *.egg-info .hypothesis .import_linter_cache \
		.mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
