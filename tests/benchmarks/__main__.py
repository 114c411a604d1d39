"""What the lab costs: `python -m tests.benchmarks [PART]... [--device cuda]`. See docs/performance.md."""

from argparse import ArgumentParser
from collections.abc import Callable
from importlib import import_module
from time import perf_counter, process_time

PARTS = (
    "start",
    "speed",
    "keeping",
    "diagnostics",
    "stacked",
    "screen",
    "sweep-screen",
    "steering",
    "table",
    "images",
    "evaluation",
    "journal",
    "long",
    "sweep",
    "best-of-100",
)
ON_A_DEVICE = {"speed", "keeping", "diagnostics"}
"""Parts that can train on another device than the CPU."""


def report_of(part: str) -> Callable[..., None]:
    """The function that measures and prints a part."""
    if part in ("keeping", "diagnostics"):
        module = import_module("tests.benchmarks.speed")
        return getattr(module, f"report_{part}")  # type: ignore[no-any-return]
    return import_module(f"tests.benchmarks.{part.replace('-', '_')}").report  # type: ignore[no-any-return]


def main() -> None:
    parser = ArgumentParser("python -m tests.benchmarks", description="Measure what the lab costs.")
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], default=[], help="by default all of them")
    parser.add_argument(
        "--device", default="cpu", help=f"cpu or cuda, for {' and '.join(sorted(ON_A_DEVICE))}"
    )
    parser.add_argument(
        "--processor-time",
        action="store_true",
        help="count seconds of the processor there, for a machine that is busy",
    )
    parser.add_argument("--minutes", type=float, default=2.0, help="how long the part `long` trains")
    parser.add_argument("--fast", action="store_true", help="the part `long` trains with speed=fast")
    asked = parser.parse_args()
    time = process_time if asked.processor_time else perf_counter
    for part in asked.part or PARTS:
        began = perf_counter()
        print(f"\n{part}", flush=True)
        wishes = {"long": [asked.minutes, asked.fast], "sweep": [time]}
        wishes |= {part: [asked.device, time] for part in ON_A_DEVICE}
        report_of(part)(*wishes.get(part, []))
        print(f"({part}: {perf_counter() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
