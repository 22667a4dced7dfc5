"""The repository keeps its promises to newcomers: one list of dependencies, nothing twice, lessons that are the package's code."""

import ast
import json
import pathlib
import re
import tomllib

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("0*.ipynb"))
NOTEBOOKS = LESSONS + sorted((ROOT / "notebooks/solutions").glob("*.ipynb"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def cells(path, kind="code"):
    return [
        cell
        for cell in json.loads(path.read_text())["cells"]
        if cell["cell_type"] == kind
    ]


def source(cell):
    return "".join(cell["source"])


def names(requirements):
    return {
        re.split(r"[\[<>=!~; ]", requirement)[0].lower() for requirement in requirements
    }


def test_conda_gets_python_and_the_package_and_nothing_twice():
    lines = (ROOT / "environment.yml").read_text().splitlines()
    wanted = [
        line.strip().removeprefix("- ")
        for line in lines
        if line.strip().startswith("- ") and not line.strip().endswith(":")
    ]
    assert [re.split("=", item)[0] for item in wanted] == [
        "python",
        "pip",
        "-e .[lab,test]",
    ]
    version = next(item for item in wanted if item.startswith("python")).removeprefix(
        "python="
    )
    assert version in ("3.11", "3.12", "3.13")
    installed = (
        names(PROJECT["dependencies"])
        | names(PROJECT["optional-dependencies"]["lab"])
        | names(PROJECT["optional-dependencies"]["test"])
    )
    assert {
        "tensorflow",
        "keras",
        "matplotlib",
        "numpy",
        "jupyterlab",
        "nbval",
        "pytest",
    } <= installed
    assert PROJECT["optional-dependencies"]["gpu"] == ["tensorflow[and-cuda]>=2.19"]


def test_the_bare_package_leaves_colabs_jupyter_alone():
    assert not names(PROJECT["dependencies"]) & {
        "jupyterlab",
        "ipykernel",
        "ipywidgets",
        "nbval",
        "pytest",
    }


def test_the_lock_has_a_version_for_every_dependency():
    locked = names(
        line
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if "==" in line
    )
    extras = PROJECT["optional-dependencies"]
    wanted = names(
        PROJECT["dependencies"]
        + [
            line
            for extra in ("lab", "test", "onnx", "browser")
            for line in extras[extra]
        ]
    )
    assert wanted - {"gan-lessons"} <= locked


def test_the_oldest_versions_are_the_lower_bounds():
    bounds = dict(
        re.match(r"([\w-]+)>=([\d.]+)", item).groups()
        for item in PROJECT["dependencies"]
    )
    oldest = dict(
        re.match(r"([\w-]+)==([\d.]+)", line).groups()
        for line in (ROOT / "tests/oldest.txt").read_text().splitlines()[::-1]
        if "==" in line
    )
    assert oldest["keras"].startswith(bounds["keras"]) and oldest[
        "tensorflow"
    ].startswith(bounds["tensorflow"])


def test_there_are_seven_lessons_with_solutions():
    assert [path.stem for path in LESSONS] == [
        "01_black_box",
        "02_discriminator",
        "03_generator",
        "04_adversarial_training",
        "05_arms_race",
        "06_latent_space",
        "07_bigger_and_faster",
    ]
    assert [path.stem for path in NOTEBOOKS[7:]] == [path.stem for path in LESSONS]


@pytest.mark.parametrize(
    "path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_a_notebook_is_stored_as_it_ran(path):
    notebook = json.loads(path.read_text())
    assert path.stat().st_size <= 1_500_000
    assert "widgets" not in notebook["metadata"]
    counts = [cell["execution_count"] for cell in cells(path) if source(cell).strip()]
    assert counts == list(range(1, len(counts) + 1)), "not run from top to bottom"
    outputs = [output for cell in cells(path) for output in cell["outputs"]]
    assert not [
        output
        for output in outputs
        if output["output_type"] == "error" or output.get("name") == "stderr"
    ]
    assert not any(
        "widget" in kind for output in outputs for kind in output.get("data", {})
    ), "a widget without its kernel is an error in JupyterLab"
    text = json.dumps(
        [
            {key: value for key, value in output.items() if key != "data"}
            for output in outputs
        ]
    )
    assert not re.search(r"[\"\s(/](home|root|Users|tmp|work|content)/", text), (
        "an absolute path in the outputs"
    )
    assert "Warning" not in text


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_has_cells_that_must_hold_and_exercises_not_tried_yet(path):
    must_hold = [
        cell for cell in cells(path) if source(cell).startswith("# NBVAL_CHECK_OUTPUT")
    ]
    assert len(must_hold) >= 5
    assert all(cell["outputs"] for cell in must_hold), (
        "a cell that must hold prints nothing"
    )
    assert (
        len(
            [
                cell
                for cell in cells(path)
                if "not tried yet" in json.dumps(cell["outputs"])
            ]
        )
        >= 3
    )
    pictures = [
        output
        for cell in cells(path)
        for output in cell["outputs"]
        if {"image/png", "image/jpeg", "image/gif"} & set(output.get("data", {}))
    ]
    assert len(pictures) >= 5
    opening = "\n".join(source(cell) for cell in cells(path, "markdown"))
    for heading in (
        "You will be able to",
        "What you can do now",
        "Words to keep",
        "Exercises",
        "Think",
        "Read more",
    ):
        assert heading in opening, f"no {heading!r}"


def test_every_panel_stands_in_a_lesson_with_its_figure_and_its_line_of_text():
    called = {}
    for path in LESSONS:
        for cell in cells(path):
            for name in re.findall(r"\bpanels\.(\w+)\(", source(cell)):
                called[name] = [
                    kind for output in cell["outputs"] for kind in output["data"]
                ]
                assert "(a panel of " in json.dumps(cell["outputs"]), name
    exported = [
        node
        for node in ast.parse(
            (ROOT / "gan_lessons/classroom/panels/__init__.py").read_text()
        ).body
        if isinstance(node, ast.ImportFrom)
    ]
    assert set(called) == {alias.name for node in exported for alias in node.names}
    assert all({"image/png", "image/jpeg"} & set(kinds) for kinds in called.values())


def definitions(tree):
    """Every function and class, by name; methods too; without docstrings and decorators."""
    found = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = node
            if isinstance(node, ast.ClassDef):
                found.update(
                    {
                        f"{node.name}.{part.name}": part
                        for part in node.body
                        if isinstance(part, ast.FunctionDef)
                    }
                )
    return found


def bare(node):
    node = ast.parse(ast.unparse(node)).body[0]
    node.decorator_list = [
        decorator
        for decorator in node.decorator_list
        if "register_keras_serializable" not in ast.unparse(decorator)
    ]
    for part in ast.walk(node):
        if (
            isinstance(part, (ast.FunctionDef, ast.ClassDef))
            and ast.get_docstring(part) is not None
        ):
            part.body = part.body[1:] or [ast.Pass()]
    return ast.unparse(node)


PACKAGE = {}
for module in sorted((ROOT / "gan_lessons").glob("*.py")):
    PACKAGE.update(definitions(ast.parse(module.read_text())))


def exported(path):
    """What a lesson builds: every function, class and method of its cells tagged export, by name.

    A class may grow over several cells, `class GAN(GANBase)` and then `class GAN(GAN)`: its methods are gathered.
    """
    found = {}
    for cell in cells(path):
        if "export" in cell["metadata"].get("tags", []):
            for name, node in definitions(ast.parse(source(cell))).items():
                if name not in found or not isinstance(node, ast.ClassDef):
                    assert name not in found, f"{name} is built twice"
                    found[name] = node
    return found


def heading(node, definitions):
    """A class without its methods' code: its bases, its own variables, the names of its methods."""
    variables = [
        ast.unparse(part)
        for part in node.body
        if isinstance(part, (ast.Assign, ast.AnnAssign))
    ]
    return (
        [ast.unparse(base) for base in node.bases],
        variables,
        {name for name in definitions if name.startswith(f"{node.name}.")},
    )


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_what_you_read_is_what_you_import(path):
    read = exported(path)
    assert read, "no cell is tagged export"
    for name, node in read.items():
        assert name in PACKAGE, f"{name} is not in the package"
        if isinstance(node, ast.ClassDef):
            assert heading(node, read) == heading(PACKAGE[name], PACKAGE), (
                f"{name} differs from the package's"
            )
        else:
            assert bare(node) == bare(PACKAGE[name]), (
                f"{name} differs from the package's"
            )


def test_every_idea_is_built_in_a_lesson():
    read = {name for path in LESSONS for name in exported(path)}
    taught = {
        "build_recogniser",
        "build_discriminator",
        "build_generator",
        "discriminator_loss",
        "generator_loss",
        "frozen",
        "GAN.compile",
        "GAN.train_step",
        "GAN.update_ema",
        "R1GAN.r1",
        "augment",
        "frechet_distance",
        "lerp",
        "slerp",
        "arithmetic",
        "direction",
        "edit",
        "all_reduce_seconds",
        "scaling_efficiency",
    }
    assert taught <= read, f"taught nowhere: {sorted(taught - read)}"


def test_the_project_speaks_of_itself_alone():
    tracked = [
        path
        for folder in (
            ".",
            "gan_lessons",
            "gan_lessons/classroom/checks",
            "tests",
            "notebooks",
            "docs",
        )
        for path in sorted((ROOT / folder).glob("*"))
        if path.suffix in {".py", ".md", ".toml", ".yml", ".lock", ".cff", ".txt"}
        or path.name == "Makefile"
    ]
    for path in tracked:
        assert not re.search(r"/(work|farm|root)/", path.read_text()), path
