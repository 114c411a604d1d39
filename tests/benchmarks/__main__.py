"""`python -m tests.benchmarks [speed | screen]`: what the lab costs, as ratios taken side by side."""

import sys

from tests.benchmarks import screen, speed

REPORTS = {"speed": speed.report, "screen": screen.report}

if __name__ == "__main__":
    for name in sys.argv[1:] or REPORTS:
        print(f"\n{name}")
        REPORTS[name]()
