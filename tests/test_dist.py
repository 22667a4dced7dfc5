"""What is published is whole, and what runs the project elsewhere agrees with it."""

import ast
import os
import pathlib
import re
import runpy
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile

import pytest
import yaml

from gan_lessons.lessons import PATTERNS, course_files

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("gan_lessons", "notebooks", "docs", "tests")
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def project(root=ROOT):
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]


def run(code, folder):
    command = [sys.executable, *code]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done


def build(kind, folder, out):
    """The path of the sdist or the wheel of this folder."""
    call = f"from setuptools import build_meta; build_meta.build_{kind}({str(out)!r})"
    done = run(["-c", call], folder)
    assert kind == "editable" or "Warning" not in done.stderr, done.stderr
    return max(out.iterdir(), key=lambda path: path.stat().st_mtime_ns)


def contents(wheel):
    with zipfile.ZipFile(wheel) as file:
        return {name: file.read(name) for name in file.namelist()}


def copy_checkout(folder):
    """What a clone has that matters to a build; of the weights, only their names."""
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    ignored = shutil.ignore_patterns("__pycache__", "runs", ".*", "new-*")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for path in (folder / "gan_lessons/weights").iterdir():
        path.write_bytes(b"")  # else a build compresses for seconds
    return folder


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    folder = copy_checkout(tmp_path_factory.mktemp("checkout"))
    return build("sdist", folder, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = copy_checkout(tmp_path_factory.mktemp("checkout"))
    return build("wheel", folder, tmp_path_factory.mktemp("wheel"))


# The wheel


def test_the_wheel_has_the_package_and_the_course_and_nothing_else(wheel):
    inside = {name for name in contents(wheel) if ".dist-info/" not in name}
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "gan_lessons").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    course = {
        f"gan_lessons/course/{folder}/{path.name}"
        for folder in ("notebooks", "notebooks/solutions", "docs")
        for path in (ROOT / folder).iterdir()
        if path.is_file() and path.suffix != ".py"
    }
    assert inside == package | course


def test_an_sdist_builds_the_same_wheel(sdist, wheel, tmp_path):
    with tarfile.open(sdist) as file:
        file.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    assert not (folder / "tests").exists(), "a part of the tests is no use"
    again = build("wheel", folder, tmp_path)
    assert again.name == wheel.name and contents(again) == contents(wheel)


def test_the_lessons_come_out_of_the_wheel(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path)
    installed = runpy.run_path(str(tmp_path / "gan_lessons/lessons.py"))
    written, kept = installed["copy_lessons"](tmp_path / "mine")
    assert len(written) == len(course_files(ROOT)) and kept == []
    inside = tmp_path / "gan_lessons/course/notebooks/01_black_box.ipynb"
    inside.write_text("an edition of the wheel's own")
    assert installed["copy_lessons"](tmp_path / "mine") == (["01_black_box.ipynb"], [])


def test_an_editable_checkout_gets_no_second_copy(tmp_path):
    folder = copy_checkout(tmp_path)
    build("editable", folder, tmp_path)
    assert not [*folder.rglob("course")]


def test_setup_finds_the_lessons_without_the_package():
    code = (ROOT / "gan_lessons/lessons.py").read_text(encoding="utf-8")
    imported = {
        name.name.split(".")[0] if isinstance(node, ast.Import) else node.module
        for node in ast.parse(code).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in node.names
    }
    assert imported <= sys.stdlib_module_names
    alone = runpy.run_path(str(ROOT / "gan_lessons/lessons.py"))
    assert alone["course_files"](ROOT) == course_files(ROOT)
    assert all(any(ROOT.glob(pattern)) for pattern in PATTERNS)


def test_links_of_the_readme_lead_to_github_where_it_stands_alone(tmp_path):
    folder = copy_checkout(tmp_path)
    for path in (folder / "notebooks").rglob("0[2-7]*.ipynb"):
        path.unlink()  # one is enough here, and they take seconds to be written
    address = "https://github.com/someone/a-course"
    run(["notebooks/address.py", address], folder)
    call = "from setuptools import build_meta as b; print(b.{}('.'))"
    run(["-c", call.format("prepare_metadata_for_build_wheel")], folder)
    (metadata,) = folder.glob("*.dist-info/METADATA")
    text = metadata.read_text(encoding="utf-8")
    assert f"Project-URL: Repository, {address}\n" in text
    assert f"]({address}/raw/main/docs/faces128.png)" in text
    assert f"]({address}/blob/main/docs/troubles.md)" in text
    assert not re.findall(r"\]\((?!https:|#)[^)]*\)", text)


def test_every_place_names_the_same_version_and_day():
    places = {
        "CITATION.cff": r"^version: (.*)",
        "CHANGELOG.md": r"^## (\S+) ",
        "gan_lessons/__init__.py": r'^__version__ = "(.*)"',
    }
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in places}
    versions = {
        name: re.search(pattern, texts[name], re.M)[1]
        for name, pattern in places.items()
    }
    assert versions == dict.fromkeys(places, project()["version"])
    day = re.search(r"^date-released: (.*)", texts["CITATION.cff"], re.M)[1]
    assert f"## {project()['version']} ({day})\n" in texts["CHANGELOG.md"]


# Elsewhere


def pythons():
    """The versions that the classifiers name, "3.11" and its like."""
    found = [
        re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", line)
        for line in project()["classifiers"]
    ]
    return [match[1] for match in found if match]


def test_the_classifiers_are_the_pythons_that_are_allowed():
    low, high = re.findall(r"3\.(\d+)", project()["requires-python"])
    assert pythons() == [f"3.{minor}" for minor in range(int(low), int(high))]


def steps():
    for path in WORKFLOWS:
        jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
        for name, job in jobs.items():
            for step in job["steps"]:
                yield f"{path.name}: {name}", job, step.get("run", "")


def test_the_workflows_run_targets_of_the_makefile():
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.M))
    called = set()
    for where, job, command in steps():
        name = re.match(r"make (\S+)", command)
        matrix = job.get("strategy", {}).get("matrix", {})
        if name and name[1] == "${{":
            called |= {each["target"] for each in matrix["include"]}
        elif name:
            called.add(name[1])
        else:
            assert not command or "windows" in where, f"{where}: {command}"
    assert called <= targets, called - targets
    tests = {"test", "test-oldest", "test-newest", "test-colab"}
    assert called == {*tests, "dist", "site", "studio"}


def test_windows_runs_what_the_makefile_runs():
    known = MAKEFILE.split()
    commands = [command for where, _, command in steps() if "windows" in where]
    assert len([command for command in commands if "pytest" in command]) == 2
    for command in commands:
        assert "pytest" not in command or '-m "not slow and not gpu"' in command
        for option in re.findall(r"(?<= )-\S+", command):
            assert option in known, f"{command}: the Makefile has no {option}"


def test_every_python_is_tested_on_every_system():
    tested = {"ubuntu-latest": set(), "macos-latest": set(), "windows-latest": set()}
    jobs = yaml.safe_load(WORKFLOWS[-1].read_text(encoding="utf-8"))["jobs"]
    for job in (jobs["locked"], jobs["windows"]):
        matrix = job["strategy"]["matrix"]
        for system in matrix.get("os", ["windows-latest"]):
            tested[system] |= set(matrix["python"])
    assert all(versions == set(pythons()) for versions in tested.values())


def test_binder_has_a_python_that_is_allowed_and_installs_the_lab():
    text = (ROOT / ".binder/environment.yml").read_text(encoding="utf-8")
    python = yaml.safe_load(text)["dependencies"][0]
    assert python.removeprefix("python=") in pythons()
    script = ROOT / ".binder/postBuild"
    assert "--editable '.[lab]'" in script.read_text(encoding="utf-8")
    assert os.name == "nt" or os.access(script, os.X_OK)


def test_editors_and_ruff_agree_on_the_width():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    width = tomllib.loads(text)["tool"]["ruff"]["line-length"]
    editors = (ROOT / ".editorconfig").read_text(encoding="utf-8")
    assert f"max_line_length = {width}\n" in editors
