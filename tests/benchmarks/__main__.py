"""`python -m tests.benchmarks`: what the lab costs, as ratios taken side by side in one process."""

from tests.benchmarks import speed

if __name__ == "__main__":
    speed.report()
