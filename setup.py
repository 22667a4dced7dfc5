"""What pyproject.toml cannot say: the wheel carries the lessons, links lead to GitHub.

The lessons stay in `notebooks` and `docs`; a wheel has them in `gan_lessons/course`.
"""

import pathlib
import re
import runpy
import shutil
import tomllib

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = pathlib.Path(__file__).resolve().parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
COURSE = [
    path.relative_to(ROOT)
    for path in runpy.run_path(str(ROOT / "gan_lessons/lessons.py"))["course_files"](
        ROOT
    )
]


class BuildWithLessons(build_py):
    """Add the lessons to what is built; a checkout keeps them where they are."""

    def run(self):
        """Copy them."""
        super().run()
        for source, target in self._lessons():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / source, target)

    def get_source_files(self):
        """What the sdist needs."""
        return super().get_source_files() + [path.as_posix() for path in COURSE]

    def get_outputs(self, include_bytecode=True):
        """What the wheel gets."""
        copied = [str(target) for _, target in self._lessons()]
        return super().get_outputs(include_bytecode) + copied

    def _lessons(self):
        folder = pathlib.Path(self.build_lib, "gan_lessons/course")
        return [(path, folder / path) for path in COURSE]


def readme():
    """The README, whose links also lead somewhere where it stands alone, as on PyPI."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    address = PROJECT["project"].get("urls", {}).get("Repository", "")
    if not address:
        return text
    address = address.removesuffix(".git")
    return re.sub(
        r"(!?)(\[[^\]]*\]\()(?!https?:|#)",
        lambda link: f"{link[0]}{address}/{'raw' if link[1] else 'blob'}/main/",
        text,
    )


setup(
    cmdclass={"build_py": BuildWithLessons},
    long_description=readme(),
    long_description_content_type="text/markdown",
)
