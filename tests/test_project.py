"""The repository keeps its promises: one list of dependencies, lessons as the package.

What a lesson builds in its cells tagged `export` is what the package holds.
"""

import ast
import functools
import json
import pathlib
import re
import tomllib

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
SOLUTIONS = sorted((ROOT / "notebooks/solutions").glob("*.ipynb"))
NOTEBOOKS = LESSONS + SOLUTIONS
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
UNREAD = r"register_keras_serializable|^_checked_"
PICTURES = {"image/png", "image/jpeg", "image/gif"}

each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
each_notebook = pytest.mark.parametrize(
    "path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}"
)


@functools.cache
def notebook(path):
    """The notebook as its JSON file has it, with each cell's source as one string."""
    content = json.loads(path.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        cell["source"] = "".join(cell["source"])
    return content


def cells(path, kind="code"):
    return [cell for cell in notebook(path)["cells"] if cell["cell_type"] == kind]


def outputs(path):
    return [output for cell in cells(path) for output in cell["outputs"]]


def names(requirements):
    return {re.split(r"[\[<>=!~; ]", each)[0].lower() for each in requirements}


def test_conda_gets_python_and_the_package_and_nothing_twice():
    lines = (ROOT / "environment.yml").read_text().splitlines()
    items = [line.strip() for line in lines if line.strip().startswith("- ")]
    items = [item.removeprefix("- ") for item in items if not item.endswith(":")]
    python, pip, package = items
    assert python in ("python=3.11", "python=3.12", "python=3.13")
    assert pip == "pip" and package == "-e .[lab,test]"
    installed = names(PROJECT["dependencies"] + EXTRAS["lab"] + EXTRAS["test"])
    assert {"tensorflow", "keras", "matplotlib", "numpy"} <= installed
    assert {"jupyterlab", "nbval", "pytest"} <= installed
    assert EXTRAS["gpu"] == ["tensorflow[and-cuda]>=2.19"]


def test_the_bare_package_leaves_colabs_jupyter_alone():
    jupyter = {"jupyterlab", "ipykernel", "ipywidgets", "nbval", "pytest"}
    assert not names(PROJECT["dependencies"]) & jupyter


def test_the_lock_has_a_version_for_every_dependency():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    locked = names(line for line in lines if "==" in line)
    names_of_extras = ("lab", "test", "heic", "onnx", "site")
    extras = [line for name in names_of_extras for line in EXTRAS[name]]
    missing = names(PROJECT["dependencies"] + extras) - {"gan-lessons"} - locked
    assert not missing, f"not in requirements.lock (make lock): {sorted(missing)}"


def test_the_oldest_versions_are_the_lower_bounds():
    bounds = dict(re.findall(r"([\w-]+)>=([\d.]+)", "\n".join(PROJECT["dependencies"])))
    oldest = (ROOT / "tests/oldest.txt").read_text()
    for name in ("keras", "tensorflow"):
        version = re.search(rf"(?m)^{name}==([\d.]+)", oldest)[1]
        assert version.startswith(bounds[name]), name


def test_make_test_checks_the_layout_of_all_code():
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"(?m)^test:.*\blint\b", makefile), "make test is without lint"
    recipe = re.search(r"(?m)^lint:.*\n((?:\t.*\n)+)", makefile)[1]
    assert "ruff check" in recipe and "ruff format --check" in recipe


def test_the_lessons_are_numbered_and_have_solutions():
    numbers = [int(path.stem[:2]) for path in LESSONS]
    assert len(numbers) >= 7 and numbers == list(range(1, len(numbers) + 1))
    assert [path.stem for path in SOLUTIONS] == [path.stem for path in LESSONS]


@each_notebook
def test_a_notebook_is_stored_as_it_ran(path):
    assert path.stat().st_size <= 1_500_000
    counts = [cell["execution_count"] for cell in cells(path) if cell["source"].strip()]
    assert counts == list(range(1, len(counts) + 1)), "not run from top to bottom"
    for output in outputs(path):
        assert output["output_type"] != "error" and output.get("name") != "stderr"
        text = json.dumps({key: output[key] for key in output if key != "data"})
        assert "warning" not in text.casefold()
        absolute = re.search(r"[\"\s(/](home|root|Users|tmp|work|content)/", text)
        assert not absolute, f"an absolute path in the outputs: {absolute[0]}"


@each_notebook
def test_no_widget_is_stored_without_its_kernel(path):
    """JupyterLab would show an error in its place."""
    assert "widgets" not in notebook(path)["metadata"]
    kinds = {kind for output in outputs(path) for kind in output.get("data", {})}
    assert not [kind for kind in kinds if "widget" in kind]


@each_lesson
def test_a_lesson_has_cells_that_must_hold_and_exercises_not_tried_yet(path):
    code = cells(path)
    must_hold = [each for each in code if "# NBVAL_CHECK_OUTPUT" in each["source"]]
    assert len(must_hold) >= 5
    assert all(each["source"].startswith("# NBVAL_CHECK_OUTPUT") for each in must_hold)
    assert all(each["outputs"] for each in must_hold), "one of them prints nothing"
    printed = [json.dumps(each["outputs"]) for each in code]
    assert sum("not tried yet" in text for text in printed) >= 3
    pictures = [each for each in outputs(path) if PICTURES & set(each.get("data", {}))]
    assert len(pictures) >= 5


@each_lesson
def test_a_lesson_has_all_its_parts(path):
    text = "\n".join(cell["source"] for cell in cells(path, "markdown"))
    for part in (
        "You will be able to",
        "What you can do now",
        "Words to keep",
        "Exercises",
        "Think",
        "Read more",
    ):
        assert part in text, f"no {part!r}"


def test_every_panel_is_in_a_lesson_with_its_figure_and_its_line_of_text():
    called = set()
    for path in LESSONS:
        for cell in cells(path):
            panels = re.findall(r"\bpanels\.(\w+)\(", cell["source"])
            called.update(panels)
            if panels:
                kinds = {kind for output in cell["outputs"] for kind in output["data"]}
                assert PICTURES & kinds, panels
                assert "(a panel of " in json.dumps(cell["outputs"]), panels
    code = (ROOT / "gan_lessons/classroom/panels/__init__.py").read_text()
    imports = [
        each for each in ast.parse(code).body if isinstance(each, ast.ImportFrom)
    ]
    assert called == {alias.name for each in imports for alias in each.names}


# What a lesson builds


def definitions(code):
    """Every function and class, by name; methods too, such as `GAN.train_step`."""
    found = {}
    for node in ast.parse(code).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = node
        if isinstance(node, ast.ClassDef):
            methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
            found.update({f"{node.name}.{part.name}": part for part in methods})
    return found


def bare(node):
    """The code of a definition without docstrings, type hints, registration and checks.

    A decorator whose name begins with `_checked` refuses wrong arguments.
    """
    node = ast.parse(ast.unparse(node)).body[0]
    node.decorator_list = [
        decorator
        for decorator in node.decorator_list
        if not re.search(UNREAD, ast.unparse(decorator))
    ]
    for part in ast.walk(node):
        has_body = isinstance(part, (ast.FunctionDef, ast.ClassDef))
        if has_body and ast.get_docstring(part) is not None:
            part.body = part.body[1:] or [ast.Pass()]
        if isinstance(part, ast.FunctionDef):
            part.returns = None
        if isinstance(part, ast.arg):
            part.annotation = None
    return ast.unparse(node)


def package():
    """The definitions of all modules that a lesson may build."""
    system = ROOT / "gan_lessons"
    modules = [*sorted(system.glob("*.py")), *sorted(system.glob("callbacks/*.py"))]
    commands = system / "cli.py"  # has functions called like those behind them
    codes = [path.read_text() for path in modules if path != commands]
    return {name: node for code in codes for name, node in definitions(code).items()}


PACKAGE = package()


@functools.cache
def exported(path):
    """What a lesson builds in its cells tagged export: (name, definition) in order."""
    return [
        built
        for cell in cells(path)
        if "export" in cell["metadata"].get("tags", [])
        for built in definitions(cell["source"]).items()
    ]


@each_lesson
def test_what_you_read_is_what_you_import(path):
    read = exported(path)
    assert read, "no cell is tagged export"
    built = [name for name, _ in read]
    twice = sorted({name for name in built if built.count(name) > 1})
    assert not twice, f"built in more than one cell: {', '.join(twice)}"
    for name, node in read:
        assert name in PACKAGE, f"{name} is not in the package"
        assert bare(node) == bare(PACKAGE[name]), f"{name} differs from the package's"


def test_every_idea_is_built_in_a_lesson():
    read = {name for path in LESSONS for name, _ in exported(path)}
    taught = {
        "build_recogniser",
        "build_discriminator",
        "build_generator",
        "discriminator_loss",
        "generator_loss",
        "frozen",
        "TwoNetworks.compile",
        "GAN.train_step",
        "GAN.update_ema",
        "R1GAN.r1",
        "augment",
        "DiffAugmentGAN.judge",
        "frechet_distance",
        "lerp",
        "slerp",
        "arithmetic",
        "direction",
        "edit",
        "EncoderTraining.train_step",
        "invert",
        "MixedPrecision.compile",
        "Scaled.minimize",
        "Scaled.draw_latents",
        "all_reduce_seconds",
        "scaling_efficiency",
    }
    assert taught <= read, f"taught nowhere: {sorted(taught - read)}"


# What the repository says of itself


def text_files():
    """Every file of the repository that an author writes as text."""
    kinds = {".py", ".md", ".yml", ".toml", ".lock", ".cff", ".txt", ".json"}
    folders = (".github", "benchmarks", "docs", "gan_lessons", "notebooks", "site")
    found = [*ROOT.iterdir()]
    for folder in (*folders, "tests"):
        found += (ROOT / folder).rglob("*")
    return [path for path in found if path.suffix in kinds or path.name == "Makefile"]


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "Makefile",
        "docs/gpu.md",
        "site/index.md",
        "gan_lessons/callbacks/guard.py",
        "gan_lessons/classroom/checks/lesson1.py",
        "gan_lessons/classroom/quizzes/lesson1.json",
        "tests/test_project.py",
    ],
)
def test_the_walk_over_all_text_finds(name):
    assert ROOT / name in text_files()


def test_the_project_speaks_of_itself_alone():
    """Paths of a machine on which it was written are of no use to anybody."""
    for path in text_files():
        found = re.search(r"/(work|farm|root)/", path.read_text(encoding="utf-8"))
        assert not found, f"{path.relative_to(ROOT)}: {found[0]}"
