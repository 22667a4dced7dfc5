# make lab      open the course in JupyterLab            make test       all tests, all notebooks
# make site     read the course in a browser             make slides     its figures, to teach with
# make studio   paint and edit faces in a browser        make site-serve the site on this machine
# make course   run every lesson, and read that run      make install    only set up
# make bench    how fast the course trains, into docs/speed.md
.PHONY: lab course site site-serve studio slides bench lint test test-oldest test-newest test-colab test-all test-gpu install outputs address dist lock clean

# The first Python that TensorFlow runs on.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# Two files of tests at a time: more would want more memory than a laptop has.
TWO := --numprocesses=2 --dist=loadfile --quiet
# Two processes with two threads each would wait for one another.
ALONE := TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
# They are started first, so that no core is idle at the end.
LONGEST := notebooks/09_faster_and_larger.ipynb notebooks/05_arms_race.ipynb tests/test_callbacks.py tests/test_gan.py

install: .venv/installed

.venv/installed: pyproject.toml requirements.lock
	@test -n "$(PYTHON)" || { echo "no Python 3.11, 3.12 or 3.13 found: install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; echo "$(PYTHON) cannot make a virtual environment: on Debian or Ubuntu, apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[lab,test]'
	@touch $@

lab: install
	$(BIN)/jupyter lab notebooks/01_black_box.ipynb

# The lessons are run, and then read: build/site.
course: .venv/site-installed
	$(BIN)/python notebooks/build.py

# The same pages of what the notebooks have stored; with npm, the studio is among them.
site: .venv/site-installed
	@if ! command -v npm > /dev/null; then echo "no npm: the site is made without the studio"; \
		else $(MAKE) studio || echo "the studio could not be made: the site is made without it"; fi
	$(BIN)/python site/build.py

site-serve: site
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory build/site 8000

.venv/site-installed: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[site]'
	@touch $@

# The face studio for the browser, into site/studio/dist: see docs/studio.md.
studio: site/studio/node_modules/.package-lock.json build/studio/models/names.json
	cd site/studio && node build.mjs --models ../../build/studio/models

site/studio/node_modules/.package-lock.json: site/studio/package-lock.json
	@command -v npm > /dev/null || { echo "no npm: on Debian or Ubuntu, apt install nodejs npm"; exit 1; }
	cd site/studio && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

build/studio/models/names.json: site/studio/models.py gan_lessons/directions.py gan_lessons/export.py $(wildcard gan_lessons/weights/*) | install
	$(BIN)/python site/studio/models.py build/studio/models

# A page for each lesson, into build/slides.
slides: install
	$(BIN)/python site/slides.py

bench: install
	$(BIN)/python benchmarks/bench.py

# Layout, mistakes and types; `make test` begins with it.
lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	rm -rf build/test-runs
	$(ALONE) GAN_LESSONS_PACE=test GAN_LESSONS_RUNS=$(CURDIR)/build/test-runs $(BIN)/python -m pytest $(TWO) \
		-m "not slow and not gpu" --nbval-lax --nbval-cell-timeout=120 $(LONGEST) notebooks tests

# The oldest versions that pyproject.toml allows; the fast tests, no notebooks.
test-oldest: .venv-oldest/installed
	$(ALONE) .venv-oldest/bin/python -m pytest $(TWO) -m "not slow and not gpu"

.venv-oldest/installed: pyproject.toml tests/oldest.txt
	@test -n "$(PYTHON)" || { echo "no Python 3.11, 3.12 or 3.13 found"; exit 1; }
	$(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check --constraint tests/oldest.txt --editable '.[lab,test]'
	@touch $@

# The newest versions that pip finds; the fast tests, no notebooks.
test-newest:
	@test -n "$(PYTHON)" || { echo "no Python 3.11, 3.12 or 3.13 found"; exit 1; }
	$(PYTHON) -m venv --clear .venv-newest
	.venv-newest/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[lab,test]'
	.venv-newest/bin/python -m pip list | grep -iE '^(keras|tensorflow|numpy) '
	$(ALONE) .venv-newest/bin/python -m pytest $(TWO) -m "not slow and not gpu"

# The lessons on what Colab has installed, which the course must leave as it is. The
# course is installed as a lesson's first cell does it.
COLAB_PYTHON ?= $(shell for p in python3.13 python3.12 $(PYTHON); do \
	$$p -c '' 2>/dev/null && echo $$p && break; done)
COLAB := .venv-colab/bin/python

test-colab: .venv-colab/installed
	rm -rf build/lib build/colab-runs
	$(COLAB) -m pip install --quiet .
	$(COLAB) -m pip freeze --all > .venv-colab/after.txt
	$(ALONE) GAN_LESSONS_PACE=test GAN_LESSONS_RUNS=$(CURDIR)/build/colab-runs \
		$(COLAB) -m pytest --numprocesses=2 --dist=worksteal --quiet --noconftest tests/test_colab.py

.venv-colab/installed: pyproject.toml tests/colab.txt
	@test -n "$(COLAB_PYTHON)" || { echo "no Python 3.11, 3.12 or 3.13 found"; exit 1; }
	$(COLAB_PYTHON) -m venv --clear .venv-colab
	$(COLAB) -m pip install --quiet --disable-pip-version-check --requirement tests/colab.txt pytest pytest-xdist
	$(COLAB) -m pip freeze --all > .venv-colab/before.txt
	@touch $@

# What takes long: see CONTRIBUTING.md.
test-all: test test-colab
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[site]'
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

# What is published, into dist; lesson 1 runs from the wheel, in a Python that has nothing else.
dist: install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[dist]'
	rm -rf dist build/lib build/dist
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*
	$(BIN)/check-wheel-contents dist/*.whl
	$(PYTHON) -m venv build/dist
	build/dist/bin/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock "$$(ls dist/*.whl)[lab]"
	cd build/dist && bin/gan-lessons lessons my-course && GAN_LESSONS_PACE=test bin/jupyter execute my-course/01_black_box.ipynb

lock:
	uv pip compile --universal --python-version 3.11 --extra lab --extra test --extra site --extra dist --upgrade --no-emit-index-url --output-file requirements.lock pyproject.toml

clean:
	rm -rf build dist .venv .venv-oldest .venv-newest .venv-colab
