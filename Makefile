# make lab      open the course in JupyterLab            make test       all tests, all notebooks
# make course   run every lesson, read it as HTML        make install    only set up
# make bench    how fast the course trains, into docs/speed.md
.PHONY: lab course bench test test-oldest test-all test-gpu install outputs address lock clean

# The first Python that TensorFlow runs on.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# Two files of tests at a time: more would want more memory than a laptop has.
TWO := --numprocesses=2 --dist=loadfile --quiet

install: .venv/installed

.venv/installed: pyproject.toml requirements.lock
	@test -n "$(PYTHON)" || { echo "no Python 3.11, 3.12 or 3.13 found: install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; echo "$(PYTHON) cannot make a virtual environment: on Debian or Ubuntu, apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[lab,test]'
	@touch $@

lab: install
	$(BIN)/jupyter lab notebooks/01_black_box.ipynb

course: install
	$(BIN)/python notebooks/build.py

bench: install
	$(BIN)/python benchmarks/bench.py

test: install
	rm -rf build/test-runs
	$(BIN)/python -m pytest $(TWO) -m "not slow and not gpu"
	GAN_LESSONS_PACE=test GAN_LESSONS_RUNS=$(CURDIR)/build/test-runs $(BIN)/python -m pytest $(TWO) --nbval-lax --nbval-cell-timeout=120 notebooks

# The oldest versions that pyproject.toml allows; the fast tests, no notebooks.
test-oldest: .venv-oldest/installed
	.venv-oldest/bin/python -m pytest $(TWO) -m "not slow and not gpu"

.venv-oldest/installed: pyproject.toml tests/oldest.txt
	@test -n "$(PYTHON)" || { echo "no Python 3.11, 3.12 or 3.13 found"; exit 1; }
	$(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check --constraint tests/oldest.txt --editable '.[lab,test]'
	@touch $@

# What takes long: see CONTRIBUTING.md.
test-all: test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[browser]'
	$(BIN)/python -m pytest $(TWO) -m slow

# On a machine with a GPU, with TensorFlow's own CUDA libraries: see docs/gpu.md.
test-gpu: install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[gpu]'
	$(BIN)/python -m pytest -m gpu

# For authors: run the lessons and store their outputs in the notebooks.
outputs: install
	$(BIN)/python notebooks/build.py --store

# make address REPO=https://github.com/OWNER/NAME: for whoever puts the course somewhere.
address: install
	$(BIN)/python notebooks/address.py $(REPO)

lock:
	uv pip compile --universal --python-version 3.11 --extra lab --extra test --extra browser --upgrade --no-emit-index-url --output-file requirements.lock pyproject.toml

clean:
	rm -rf build .venv .venv-oldest
