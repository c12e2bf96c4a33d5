# Every target makes the environment it needs; a fresh machine needs Python 3.11 or later, git and make.

# Python 3.11 reads the path of this folder in the locale's encoding: "C" would end at its first ö.
ifneq ($(filter C POSIX,$(LC_ALL)),)
export LC_ALL := C.UTF-8
endif

PYTHON ?= python3
VENV ?= .venv
BIN := $(if $(filter Windows_NT,$(OS)),$(VENV)/Scripts,$(VENV)/bin)
RUN := $(BIN)/python
INSTALL = $(RUN) -m pip install -qq --disable-pip-version-check --constraint constraints.txt

# Tests share the cores. A notebook stays on one, and the two that train begin first.
PYTEST = $(RUN) -m pytest -n logical --dist worksteal
NBVAL = $(RUN) -m pytest -n logical --dist loadscope --no-loadscope-reorder --nbval \
	--nbval-sanitize-with tests/nbval_sanitize.cfg --override-ini addopts= --override-ini filterwarnings=

# Builds and tests leave BLAS one thread: on a busy machine its threads wait for each other.
book test test-lowest notebooks: export OPENBLAS_NUM_THREADS = 1
book test test-lowest notebooks: export OMP_NUM_THREADS = 1
book test test-lowest notebooks: export MKL_NUM_THREADS = 1
book test test-lowest notebooks: export VECLIB_MAXIMUM_THREADS = 1

# The last line of a target: what is done, and how long it took.
START := $(shell date +%s)
define done
@echo "make $@: done in $$(( $$(date +%s) - $(START) )) s$(1)"
endef

.PHONY: help book site compiled test test-lowest test-browser bench lab notebooks serve copies links lock clean

help:
	@echo "make book       build the book into book/_build/html, training on real digits"
	@echo "make site       the same, faster to start in a browser, and with JupyterLite: what is published"
	@echo "make test       run every test, the notebooks and the static checks"
	@echo "make test-lowest   the package's tests with the lowest versions that it allows"
	@echo "make test-browser  the built pages in a browser; installs the Chromium it needs"
	@echo "make bench      measure how fast the package is; beside PyTorch, if that is installed in $(VENV)"
	@echo "make lab        write the chapters into lab/, and open them in JupyterLab"
	@echo "make notebooks  execute all chapters again and store them in normal form"
	@echo "make serve      show the built book at http://localhost:8000"
	@echo "make links      follow every link that leads out of the book"
	@echo "make lock       renew constraints.txt from pyproject.toml"
	@echo "make clean      delete the environment and everything that was built"

$(VENV)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cnnlab needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/book $(VENV)/site $(VENV)/test $(VENV)/lab $(VENV)/browser $(VENV)/bench: $(VENV)/%: $(VENV)/python pyproject.toml constraints.txt
	@echo "Installing what make $* needs into $(VENV) …"
	@$(INSTALL) --editable ".[$*]"
	@touch $@

$(VENV)/lowest: $(VENV)/python pyproject.toml constraints-lowest.txt
	$(RUN) -m pip install -qq --disable-pip-version-check --constraint constraints-lowest.txt --editable ".[test]"
	@touch $@

book: $(VENV)/book
	rm -rf book/_build
	$(RUN) tools/execute.py
	@$(RUN) tools/python_for_pages.py
	$(BIN)/jupyter-book build -W -n --keep-going book
	@$(RUN) tools/check_build.py
	$(call done,: open book/_build/html/index.html)

# Bytecode is made before, so that the pages take it; JupyterLite after, so that it shares what they have.
site: export CNNLAB_SITE = yes
site: compiled book
	@$(RUN) tools/lite.py
	$(call done,: open book/_build/html/index.html from a server: make serve)

compiled: $(VENV)/site
	@$(RUN) tools/python_for_pages.py
	@$(RUN) tools/bytecode.py

test: $(VENV)/test
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) tools/javascript.py
	$(RUN) -m mypy
	$(PYTEST)
	$(NBVAL) book/1*.ipynb book/0*.ipynb book/[a-z]*.ipynb
	$(call done,: all passed)

test-browser: $(VENV)/browser
	$(RUN) tools/chromium.py
	@test -e book/_build/html/index.html || $(MAKE) site
	$(RUN) -m pytest -n logical --dist worksteal tests/browser
	$(call done,: all passed)

test-lowest: $(VENV)/lowest
	$(PYTEST)
	$(call done,: all passed)

bench: $(VENV)/bench
	$(RUN) benchmarks/speed.py

lab: $(VENV)/lab
	@$(RUN) tools/readable.py lab
	$(RUN) -m jupyter lab lab

notebooks: $(VENV)/test
	$(RUN) tools/exercises.py
	$(RUN) tools/notebooks.py
	$(call done)

serve:
	@test -e book/_build/html/index.html || $(MAKE) book
	$(RUN) -m http.server --directory book/_build/html 8000

# What Colab and Binder open; the hosted workflow puts it on the branch `notebooks`.
copies: $(VENV)/lab
	@$(RUN) tools/readable.py copies

links: $(VENV)/book
	$(RUN) tools/links.py
	$(call done)

lock:
	$(PYTHON) tools/lock.py

clean:
	rm -rf $(VENV) book/_build .pytest_cache .mypy_cache .ruff_cache *.egg-info
