"""Several processes on this machine that train one GAN together (lesson 10).

Each runs `gan-lessons`, and learns from TF_CONFIG who takes part, as it would on a
machine of its own. What a process prints goes into a file beside the run's folder.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import time
from collections.abc import Sequence

PROGRAM = (sys.executable, "-m", "gan_lessons.cli")


class Workers:
    """A group of processes that run the same command, each with another number.

    They see no GPU: all of them would want the same one.

    Args:
        command: the arguments of `gan-lessons` as one line, without `--out`.
        n: how many processes.
        folder: of the run, given to all of them as `--out`.
        program: what is run with these arguments.

    Attributes:
        folder: of the run.
        configs: the TF_CONFIG of each process, as text.

    Example:
        >>> group = Workers("train --epochs 2 --strategy multi-worker", 2, folder)
        >>> group.wait()
        [0, 0]
    """

    def __init__(
        self,
        command: str,
        n: int,
        folder: str | os.PathLike,
        program: Sequence[str] = PROGRAM,
    ):
        self.folder = pathlib.Path(folder)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        arguments = [*program, *command.split(), "--out", str(self.folder)]
        cluster = {"worker": _free_addresses(n)}
        tasks = [{"type": "worker", "index": k} for k in range(n)]
        self.configs = [json.dumps({"cluster": cluster, "task": one}) for one in tasks]
        self._processes = []
        for k, config in enumerate(self.configs):
            settings = {"TF_CONFIG": config, "CUDA_VISIBLE_DEVICES": "-1"}
            with open(self._file(k), "w", encoding="utf-8") as file:
                process = subprocess.Popen(
                    arguments, env=os.environ | settings, stdout=file, stderr=file
                )
            self._processes.append(process)

    def _file(self, k):
        return self.folder.with_name(f"{self.folder.name}-worker-{k}.txt")

    def lines(self, k: int) -> list[str]:
        """What process k has printed so far, line by line."""
        text = self._file(k).read_text(encoding="utf-8", errors="replace")
        return text.splitlines()

    def wait(self, seconds: float = 1800) -> list[int]:
        """Wait until all have ended; their exit codes, 0 for success.

        Args:
            seconds: to wait at most.

        Raises:
            subprocess.TimeoutExpired: if they take longer; they are killed first.
        """
        end = time.monotonic() + seconds
        try:
            return [
                process.wait(max(0, end - time.monotonic()))
                for process in self._processes
            ]
        except subprocess.TimeoutExpired:
            for k in range(len(self._processes)):
                self.kill(k)
            raise

    def wait_for_epoch(self, epoch: int) -> None:
        """Wait until the checkpoint after this epoch is written.

        Raises:
            RuntimeError: if a process ends before; with the last line it printed.
        """
        while not list(self.folder.glob(f"epoch-{epoch:06}-*")):
            for k, process in enumerate(self._processes):
                if process.poll() is not None:
                    last = (self.lines(k) or ["nothing"])[-1]
                    raise RuntimeError(f"worker {k} has ended already: {last}")
            time.sleep(0.02)

    def kill(self, k: int) -> None:
        """End process k at once: it can neither finish nor save anything."""
        self._processes[k].kill()

    def fingerprint(self, k: int) -> str:
        """The SHA-256 of all weights that process k printed at the end of its run."""
        return self.lines(k)[-1].removeprefix("weights ")

    def milliseconds(self, k: int) -> float:
        """How long a training step took process k on average."""
        (line,) = [line for line in self.lines(k) if line.endswith(" ms per step")]
        return float(line.removesuffix(" ms per step"))


def _free_addresses(n):
    """Addresses on this machine that nobody listens to."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    addresses = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    for one in sockets:
        one.close()
    return addresses
