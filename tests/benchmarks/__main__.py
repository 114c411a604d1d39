"""`python -m tests.benchmarks [speed | keeping | screen | table]`: what the lab costs, as ratios."""

import sys

from tests.benchmarks import screen, speed, table

REPORTS = {
    "speed": speed.report,
    "keeping": speed.report_keeping,
    "screen": screen.report,
    "table": table.report,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or REPORTS:
        print(f"\n{name}")
        REPORTS[name]()
