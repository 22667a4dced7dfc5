"""The system stands without the classroom, and no modules import each other in turn."""

import ast
import graphlib
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLASSROOM = "gan_lessons.classroom"


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


MODULES = {module_name(path): path for path in (ROOT / "gan_lessons").rglob("*.py")}


def in_classroom(name):
    return name == CLASSROOM or name.startswith(CLASSROOM + ".")


def imports(path):
    """What a file imports of this package, functions included: (module, name or None).

    `metrics.nearest` counts as a name of `metrics` where that module was imported.
    """
    found, aliases = set(), {}
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(alias.name, None) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in MODULES:
                    found.add((whole, None))
                    aliases[alias.asname or alias.name] = whole
                else:
                    found.add((node.module, alias.name))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.add((aliases.get(node.value.id), node.attr))
    return {(module, name) for module, name in found if module in MODULES}


IMPORTS = {name: imports(path) for name, path in MODULES.items()}


def test_the_system_imports_nothing_of_the_classroom():
    wrong = [
        (importer, module)
        for importer, imported in IMPORTS.items()
        for module, _ in imported
        if in_classroom(module) and not in_classroom(importer)
    ]
    assert not wrong


def test_the_classroom_imports_only_public_names_of_the_system():
    wrong = [
        (importer, module, name)
        for importer, imported in IMPORTS.items()
        for module, name in imported
        if in_classroom(importer) and not in_classroom(module)
        if module != "gan_lessons._backend"
        if any(part.startswith("_") for part in f"{module}.{name}".split("."))
    ]
    assert not wrong


def test_no_modules_import_each_other_in_a_circle():
    graph = {
        importer: {module for module, _ in imported}
        for importer, imported in IMPORTS.items()
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" → ".join(reversed(error.args[1])))


def test_every_module_of_the_system_imports_without_plots_and_notebooks():
    system = sorted(name for name in MODULES if not in_classroom(name))
    code = f"""
import importlib, sys
for name in ("matplotlib", "IPython", "ipywidgets"):
    sys.modules[name] = None
for name in {system}:
    importlib.import_module(name)
assert {CLASSROOM!r} not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
