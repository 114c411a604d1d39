"""`python -m tests.benchmarks [speed | keeping | screen | steering | table | images | journal]`: costs."""

import sys

from tests.benchmarks import images, journal, screen, speed, steering, table

REPORTS = {
    "speed": speed.report,
    "keeping": speed.report_keeping,
    "screen": screen.report,
    "steering": steering.report,
    "table": table.report,
    "images": images.report,
    "journal": journal.report,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or REPORTS:
        print(f"\n{name}")
        REPORTS[name]()
