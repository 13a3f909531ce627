# Two commands are enough: `make run` and `make test`. Each installs what it needs, once.
#
# Everything stays inside this folder: uv in .tools/, Python packages in .venv/, the tests' Node in
# tests/fedify/node_modules/. The versions and their hashes are in requirements/
# (docs/adr/0002-locked-requirements.md says why there is no uv.lock).

.DEFAULT_GOAL := help
SHELL := /bin/sh
.DELETE_ON_ERROR:

PYTHON ?= $(shell command -v python3 || command -v python3.11)
UV_VERSION := 0.13.9
UV := .tools/bin/uv
# Python comes from the system: uv must not fetch one of its own.
UV_ENV := UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 VIRTUAL_ENV=$(CURDIR)/.venv
BIN := .venv/bin
# How the tests are run; `make test ARGS="tests/store -k sqlite"` runs a few of them.
ARGS ?= -n 2 --dist loadfile

.PHONY: help install install-dev run demo test test-components check bench lock clean

help:  ## Say what can be asked for
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

install: .venv/.run  ## Put the server and what it needs into .venv

install-dev: .venv/.dev  ## The same, with what developing and testing need

run: .venv/.run  ## Serve on http://localhost:8000
	@exec $(BIN)/microfed serve

demo: .venv/.run  ## Two neighbourhoods on this machine, with some life in them
	@exec $(BIN)/microfed demo

test: .venv/.dev test-components  ## Run the tests (ARGS="..." chooses some)
	$(BIN)/python -m pytest $(ARGS)

test-components: .venv/.dev  ## Have the real programs that the tests talk to
	@$(BIN)/python -m tests.components

check: .venv/.dev  ## Look for mistakes without running anything
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=src $(BIN)/lint-imports
	$(BIN)/deptry .

bench: .venv/.dev  ## Measure
	$(BIN)/python -m benchmarks $(ARGS_BENCH)

COMPILE = $(UV_ENV) $(UV) pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-header --constraint requirements/held.in $(UPGRADE)

lock: $(UV)  ## Write requirements/*.txt anew from pyproject.toml (UPGRADE=--upgrade for newer versions)
	$(COMPILE) pyproject.toml --extra postgres --output-file requirements/run.txt
	$(COMPILE) --group build --constraint requirements/run.txt --output-file requirements/build.txt
	$(COMPILE) pyproject.toml --all-extras --group dev --constraint requirements/run.txt \
		--constraint requirements/build.txt --output-file requirements/dev.txt

clean:  ## Forget everything that was installed or built here; data/ stays
	rm -rf .venv .tools dist tests/fedify/node_modules .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache

# --- how it is made -----------------------------------------------------------------------------

# uv: the one on PATH when it is new enough, otherwise our own, from a plain Python environment.
# Debian keeps `venv` in a package of its own, so a fresh machine may lack it.
$(UV):
	@mkdir -p .tools/bin
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or newer is needed: apt-get install python3" >&2; exit 1; fi
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is older" >&2; exit 1; }
	@if uv --version 2>/dev/null | grep -Eq '^uv (0\.(1[3-9]|[2-9][0-9])\.|[1-9])'; then \
		ln -sf "$$(command -v uv)" $@; \
	else \
		"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
			if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
				echo "Installing python3-venv"; \
				apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
					apt-get install -y -qq --no-install-recommends python3-venv >/dev/null; \
			else \
				echo "Python's venv is missing. Please run: sudo apt-get install python3-venv" >&2; \
				exit 1; \
			fi; }; \
		"$(PYTHON)" -m venv .tools && \
		.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); \
	fi
	@$(UV) --version

.venv/bin/python: | $(UV)
	@$(UV_ENV) $(UV) venv --quiet --allow-existing --python "$(PYTHON)" .venv

# What is written after `echo` makes `import microfed` and the command work, with the source where
# it is: nothing to build, so nothing to fetch, and an edited file counts at once.
.venv/bin/microfed: Makefile | .venv/bin/python
	@echo "$(CURDIR)/src" > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/microfed.pth"
	@printf '#!%s\nimport sys\n\nfrom microfed.cli.main import main\n\nsys.exit(main())\n' \
		"$(CURDIR)/$(BIN)/python" > $@
	@chmod +x $@

.venv/.run: requirements/run.txt .venv/bin/microfed
	@$(UV_ENV) $(UV) pip install --quiet --require-hashes --requirement requirements/run.txt
	@touch $@

# A superset of run.txt with the same versions, so having it is having the other too.
.venv/.dev: requirements/dev.txt requirements/run.txt .venv/bin/microfed
	@$(UV_ENV) $(UV) pip install --quiet --require-hashes --requirement requirements/dev.txt
	@touch .venv/.run $@
