# Two commands matter: `make app` starts the app, `make test` runs every check. Both make the environment first.
# Needs only Python 3.10-3.12 (3.11 preferred) and make. The pins of constraints.txt apply.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
PY     := $(VENV)/bin/python
CORE   := $(VENV)/.installed
DEV    := $(VENV)/.installed-dev
PIP    := $(PY) -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: app test quick format venv space load clean
.DEFAULT_GOAL := app

app: $(CORE)  ## chat and viewer at http://127.0.0.1:7860
	$(PY) app.py

# Tests run on all cores, a file on one of them, and torch on one thread each: side by side they are twice as fast.
# What is timed runs behind them, alone.
test: $(DEV)  ## lint, format, types, every test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	OMP_NUM_THREADS=1 $(PY) -m pytest --numprocesses logical --maxprocesses 8 --dist loadfile --no-loadscope-reorder -m "not timed"
	$(PY) -m pytest -m timed

quick: $(DEV)  ## the same without the slow tests
	$(PY) -m ruff check .
	$(PY) -m mypy
	OMP_NUM_THREADS=1 $(PY) -m pytest --numprocesses logical --maxprocesses 8 --dist loadfile --no-loadscope-reorder -m "not slow and not browser"

format: $(DEV)
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

venv: $(CORE)

space: $(CORE)  ## a hosted Space in build/space, installed and tried in an environment of its own
	$(PY) -m tools.space --folder build/space --try build/space-env

load: $(CORE)  ## 50 visitors at once, one long conversation, many short ones: waiting and memory
	$(PY) -m tools.load --visitors 50 --turns 500 --sessions 2000

# A stamp is newer than the files it was made from, so nothing is reinstalled until one of them changes. An
# environment that is already there is kept if its interpreter still runs (a moved folder does not) and brought up
# to date. torch is asked for first and exactly: a range would let pip weigh gigabytes of other builds.
$(CORE): requirements.txt requirements-photos.txt constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.10-3.12 not found; install python3.11 or set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if (3, 10) <= v[:2] <= (3, 12) else \
	  "found Python %d.%d, need 3.10-3.12: set PYTHON=python3.11" % v[:2])'
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(PIP) torch==2.13.0
	$(PIP) --requirement requirements.txt
	@$(PIP) --requirement requirements-photos.txt || echo "BlazePose cannot be installed here: the app runs, \
	  but people in photos are found only with ViTPose or --keypoints" >&2
	@touch $@

$(DEV): requirements-dev.txt $(CORE)
	$(PIP) --requirement requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
