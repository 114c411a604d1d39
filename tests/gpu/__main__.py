"""Everything about the GPU in one script of a few minutes: `python -m tests.gpu`. See docs/performance.md.

Exits with 2 if there is no GPU and with 1 if some bits differ.
"""

import sys
from argparse import ArgumentParser
from time import perf_counter

import torch

from tests.gpu import bits, images, speed, stacked
from tests.gpu.size import QUICK, WHOLE
from tui_lab.engine.setup.device import choose_device, device_name
from tui_lab.errors import DeviceError


def main(arguments: list[str]) -> int:
    parser = ArgumentParser("python -m tests.gpu", description="Speed and repeatability on a GPU.")
    parser.add_argument("--device", default="cuda", help="another device, such as cuda:1, or cpu")
    parser.add_argument("--quick", action="store_true", help="only look whether it runs: it measures nothing")
    asked = parser.parse_args(arguments)
    try:
        device = choose_device(asked.device)
    except DeviceError as error:
        print(f"nothing to measure: {error}", file=sys.stderr)
        return 2
    if device.type == "cuda":
        torch.cuda.set_device(device)  # the streams and graphs of the loop tuned by hand are made there
    began, size = perf_counter(), QUICK if asked.quick else WHOLE
    print(f"{device_name(device)}, torch {torch.__version__}", flush=True)
    speed.report(device, size)
    same = images.report(device, size)
    same &= bits.report(device, size)
    same &= stacked.report(device, size)
    print(f"({perf_counter() - began:.0f} s)")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
