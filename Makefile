# Run `make help` for the list. Everything happens inside .venv and _build; nothing else on this machine changes.

# The first Python that is new enough; another one: make book PYTHON=python3.12
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; done; echo python3)
PORT ?= 8000
LAB_PORT ?= 8888
RUNS ?= 5
# What a command is told beside: make bench ARGS="--runs 1", make references ARGS=softmax
ARGS ?=
ifeq ($(OS),Windows_NT)
BIN := Scripts
else
BIN := bin
endif
PY := .venv/$(BIN)/python

# One thread each: sums are then added in one order on every machine, and chapters run side by side without a fight.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export PYTHONHASHSEED := 0

.DEFAULT_GOAL := help
.PHONY: help setup python book serve watch lab lab-environment pdf epub test test-binder test-matrix test-suite fast fast-tests \
	lint linkcheck nbval references findings mutants bench bench-fit bench-grade lighthouse \
	test-numpy constraints clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|' 2>/dev/null \
		|| grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST)

setup: python ## make .venv with the pinned packages (the other targets do this themselves)
	@$(PYTHON) tools/venv.py

# Said here, not in a script: an old Python could not even read the script.
python:
	@command -v "$(PYTHON)" >/dev/null || \
		{ echo "error: no Python found. Install Python 3.11 or newer, or name it: make book PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or newer is needed; this one is" \
		" %s. Name a newer one: make book PYTHON=python3.12" % sys.version.split()[0])'

book: setup ## execute the chapters and build the site into _build/html
	@$(PY) -m coursebook.build

serve: book ## build, then show the site on 127.0.0.1 (PORT=8000)
	@$(PY) -m coursebook.serve --port $(PORT)

watch: setup ## show the book while you write it: what you save is on the screen in about a second (PORT=8000)
	@$(PY) -m coursebook.watch --port $(PORT)

lab: book lab-environment ## open the chapters as notebooks in JupyterLab, as Binder does; your changes stay in notebooks/
	@_build/venv-lab/$(BIN)/python -m coursebook.run.lab --port $(LAB_PORT)

lab-environment: python
	@$(PYTHON) tools/venv.py --venv _build/venv-lab --install ".[torch]" "./coursebook[lab]"

pdf: book ## the whole book to print, _build/paper/logistic-regression.pdf, and on the site (needs Chromium)
	@$(PY) -m coursebook.paper pdf

epub: book ## the whole book for e-readers, _build/paper/logistic-regression.epub, and on the site
	@$(PY) -m coursebook.paper epub

# Side by side: the tests of the site wait for a browser, and nbval for kernels. Times are measured when all else is over.
test: setup ## every test: lint, types, claims, library, site, and nbval on all references
	@$(MAKE) --no-print-directory -j 2 book lint
	@$(MAKE) --no-print-directory -j 2 test-suite nbval
	$(PY) -m pytest -m timing tests/coursebook

test-suite: setup
	$(PY) -m pytest -n auto --dist loadgroup -m "not lab and not timing"

fast: setup ## the loop before each commit: lint, types, gates, and the quick tests that a change since the last time can affect
	@$(MAKE) --no-print-directory -j 2 lint fast-tests

fast-tests: setup
	HYPOTHESIS_PROFILE=quick $(PY) -m pytest -p tests.affected -n auto -q -p no:nbval -m "not slow" lrlib tests/lrlib tests/claims

lint: setup ## ruff, types, and the gates on claims, prose, alt texts and terms
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(PY) -m coursebook.gates

linkcheck: book ## ask every other site that a page links to whether the link still leads somewhere (needs a network)
	$(dir $(PY))jupyter-book build . --builder custom --custom-builder linkcheck

NBVAL = TQDM_DISABLE=1 $(PY) -m pytest --nbval-current-env -n auto --dist loadfile --override-ini addopts=

nbval: setup ## run every reference again and compare each output; run the solution of every assignment
	$(NBVAL) --nbval tests/references
	@$(PY) -m lrgrader build assignments/* --to _build/solutions
	$(NBVAL) --nbval-lax $(patsubst assignments/%/master.md,_build/solutions/%/solution.ipynb,$(wildcard assignments/*/master.md))

references: setup ## execute the chapters, rewrite tests/references and print what changed (ARGS=softmax: one chapter)
	@$(PY) -m coursebook.run.references $(ARGS)

findings: setup ## measure the slow findings of the chapters over all their splits again (some minutes), into lrlib/findings.json
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PY) -m tests.claims.measured

mutants: setup ## plant each mistake of tests/lrlib/mutants.toml in lrlib; every one must turn the tests red
	@$(PY) tools/mutants.py

bench: setup ## time builds and rebuilds beside a plain jupyter-book build
	@$(PY) -m benchmarks.builds $(ARGS)

bench-fit: setup ## time lrlib's fits beside scikit-learn's and PyTorch's
	@$(PY) -m benchmarks.fit $(ARGS)

bench-grade: setup ## time the grader beside nbgrader and otter-grader, each in an environment of its own
	@$(PY) -m benchmarks.grade $(ARGS)

lighthouse: setup ## measure all pages of the built site with Lighthouse, against a budget (RUNS=5; half an hour)
	@$(PY) -m benchmarks.lighthouse --runs $(RUNS)

test-numpy: python ## lrlib's own tests without PyTorch, on another Python: make test-numpy PYTHON=python3.13
	@$(PYTHON) tools/venv.py --venv _build/venv-numpy --install ".[test]"
	_build/venv-numpy/bin/python -m pytest -q lrlib tests/lrlib

test-binder: book lab-environment ## the chapters as readers run them: JupyterLab in a browser, every notebook, Binder's steps (slow)
	@$(PYTHON) tools/venv.py --venv _build/venv-repo2docker --install ".[binder]"
	$(PY) -m pytest -m lab tests/binder

test-matrix: setup ## lrlib's tests with the oldest and newest packages that pyproject.toml allows, on each Python found (slow)
	@$(PY) -m nox --envdir _build/nox $(ARGS)

constraints: setup ## resolve pyproject.toml anew into constraints.txt, for every platform and Python
	$(PY) -m uv pip compile pyproject.toml coursebook/pyproject.toml --all-extras --universal --python-version 3.11 --no-emit-index-url \
		--upgrade --quiet --output-file constraints.txt

clean: ## remove what was built (the environment stays)
	rm -rf _build build .pytest_cache .mypy_cache .ruff_cache .hypothesis
