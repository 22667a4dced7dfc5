"""Run every lesson at the cpu pace, and make the course's site of this run.

The site is in build/site: `make course`. With --store, keep the outputs in the
notebooks instead, of which `make site` makes the same pages: `make outputs`. Names of
lessons run only those.
"""

import argparse
import base64
import importlib.util
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from PIL import Image
from traitlets.config import Config

WORDS_PER_MINUTE = 200  # of a learner who reads with care
HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent / "build"
SITE = HERE.parent / "site/build.py"

# What the last cell of all asks: how much memory this process had at most, in GiB.
MEMORY = """
try:
    import resource, sys
    unit = 2 ** 30 if sys.platform == "darwin" else 2 ** 20
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)
except ImportError:  # on Windows
    print("nan")
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "lessons", nargs="*", help="such as 01_black_box; all of them if none is named"
    )
    parser.add_argument(
        "--store", action="store_true", help="keep the outputs in the notebooks"
    )
    options = parser.parse_args()
    if not options.store and importlib.util.find_spec("sphinx") is None:
        sys.exit("sphinx is not there: pip install -e '.[site]', or make course")
    os.environ["GAN_LESSONS_PACE"] = "cpu"
    os.environ["GAN_LESSONS_RUNS"] = str(BUILD / "runs")
    if not options.lessons:  # every lesson trains what it says it trains
        shutil.rmtree(BUILD / "runs", ignore_errors=True)
    course = BUILD / "course"  # the lessons as they have run
    if not options.lessons:
        shutil.rmtree(course, ignore_errors=True)
    course.mkdir(parents=True, exist_ok=True)
    began, most = time.perf_counter(), 0.0
    named = [HERE / f"{name}.ipynb" for name in options.lessons]
    for path in named or sorted(HERE.glob("[0-9]*.ipynb")):
        start = time.perf_counter()
        notebook, memory = run(path)
        seconds = time.perf_counter() - start
        trained = notebook.metadata.get("gan_lessons", {}).get("trains", "nothing")
        write_time(notebook, seconds)
        most = max(most, memory)
        print(f"{costs(path.stem, seconds, memory)}   trained {trained}", flush=True)
        nbformat.write(notebook, path if options.store else course / path.name)
        if options.store:
            write_costs(path.stem, notebook, seconds, memory, HERE.parent / "README.md")
    print(costs("all", time.perf_counter() - began, most), flush=True)
    if not options.store:
        sys.exit(subprocess.run([sys.executable, SITE, "--lessons", course]).returncode)


def costs(name, seconds, memory):
    return f"{name:<26}{seconds:6.0f} s{memory:6.1f} GiB"


def run(path):
    """Run a notebook afresh.

    Args:
        path: of the notebook, which stays as it is.

    Returns:
        The notebook with its outputs, without what differs from run to run for no
        reason, and the GiB of memory that it took.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(MEMORY))
    # With encryption: a notebook talks to its kernel over ports that everybody on the
    # machine can reach.
    config = Config({"KernelManager": {"transport_encryption": "auto"}})
    client = NotebookClient(
        notebook,
        timeout=1800,
        kernel_name="python3",
        resources={"metadata": {"path": str(HERE)}},
        record_timing=False,
        config=config,
    )
    try:
        client.execute()
    except CellExecutionError as error:
        sys.exit(f"{path.name} stopped: {error}")
    memory = float(notebook.cells.pop().outputs[0].text)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # when it ran
        for output in cell.get("outputs", []):
            tidy(output)
    notebook.metadata.pop("widgets", None)
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook, memory


def tidy(output):
    """Drop a widget, of which its line of text stays, and make a picture smaller."""
    data = output.get("data", {})
    data.pop("application/vnd.jupyter.widget-view+json", None)  # it needs its kernel
    if "image/png" in data:
        kind, picture = smaller(data.pop("image/png"))
        data[kind] = picture
        if "image/png" in output.metadata:
            output.metadata[kind] = output.metadata.pop("image/png")


def smaller(png):
    """The same figure in a third of the bytes, with hardly a difference to see.

    A drawing gets a palette of 128 colours that leaves out no rare one. Photos in
    colour, of which a palette would make blotches, become JPEG.

    Args:
        png: a file in base64; an animation, which is no PNG, comes back as it is.

    Returns:
        The MIME type and the data in base64.
    """
    figure = Image.open(io.BytesIO(base64.b64decode(png)))
    if figure.format != "PNG":  # an animation
        return "image/png", png
    figure, file = figure.convert("RGB"), io.BytesIO()
    if figure.getcolors(maxcolors=4096):
        figure = figure.quantize(
            128, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
        )
        figure.save(file, format="PNG", optimize=True)
        return "image/png", base64.b64encode(file.getvalue()).decode()
    figure.save(file, format="JPEG", quality=88, subsampling=0, optimize=True)
    return "image/jpeg", base64.b64encode(file.getvalue()).decode()


def time_needed(notebook, seconds):
    """The minutes that a learner needs: to read, to run the cells, and for the tasks.

    A text cell says of each task, quiz and question how long it takes: (3 minutes).
    """
    words = sum(len(cell.source.split()) for cell in notebook.cells)  # of code, too
    text = " ".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    tasks = sum(int(n) for n in re.findall(r"\((\d+) minutes?\)", text))
    return round(words / WORDS_PER_MINUTE), minutes(seconds), tasks


def write_time(notebook, seconds):
    """Write the minutes that a lesson takes into its opening."""
    reading, running, tasks = time_needed(notebook, seconds)
    line = (
        f"**Time:** about {nearest_five(reading + running + tasks)} minutes: {reading} "
        f"to read text and code, {running} while the cells run on two CPU cores, "
        f"{tasks} for the exercises, the quiz and the questions."
    )
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and "**Time:**" in cell.source:
            cell.source = re.sub(r"\*\*Time:\*\*[^\n]*", line, cell.source)


def write_costs(name, notebook, seconds, memory, readme):
    """Write a lesson's minutes and memory into its row of the README's table."""
    text = readme.read_text(encoding="utf-8")
    whole = nearest_five(sum(time_needed(notebook, seconds)))
    row = rf"(?m)^(\| \[\d+\]\(notebooks/{name}\.ipynb\) .*\|)( [\d.]+ \|){{3}}$"
    text = re.sub(row, rf"\g<1> {whole} | {minutes(seconds)} | {memory:.1f} |", text)
    running = re.findall(r"(?m)^\| \[\d+\]\(.*\| (\d+) \| [\d.]+ \|$", text)
    total = sum(map(int, running))
    text = re.sub(r"\d+ minutes in all", f"{total} minutes in all", text)
    readme.write_text(text, encoding="utf-8")


def nearest_five(number):
    return 5 * round(number / 5)


def minutes(seconds):
    return max(1, round(seconds / 60))


if __name__ == "__main__":
    main()
