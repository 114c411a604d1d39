"""`python -m tests.coach --seeds 100-123 --folder FOLDER`: train, and print the tables of `docs/coach.md`.

The folder keeps data, events and results: what is there already is not trained again, and after a change of a
threshold `--again` looks at the same events anew.
"""

import argparse
from pathlib import Path

import torch

from tests.coach import table
from tests.coach.campaign import jobs_of, line_of, read, result_of


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.coach")
    parser.add_argument("--seeds", default="100-123", help="from which to which seed")
    parser.add_argument("--folder", type=Path, required=True, help="for data, events and results")
    parser.add_argument("--case", action="append", default=[], help="only these, such as 'healthy adam'")
    parser.add_argument("--again", action="store_true", help="look at the same events anew")
    parser.add_argument("--no-advice", action="store_true", help="do not train with the advice applied")
    args = parser.parse_args()
    torch.set_num_threads(1)
    args.folder.mkdir(parents=True, exist_ok=True)
    first, _, last = args.seeds.partition("-")
    file: Path = args.folder / "results.jsonl"
    if args.again:
        file.unlink(missing_ok=True)
    results = [read(line) for line in file.read_text().splitlines()] if file.exists() else []
    known = {result.job for result in results}
    seeds = range(int(first), int(last or first) + 1)
    with file.open("a") as out:
        for job in jobs_of(seeds, args.case):
            if job not in known:
                results.append(result_of(job, args.folder, apply=not args.no_advice))
                out.write(line_of(results[-1]) + "\n")
                out.flush()
    results = [result for result in results if result.job.seed in seeds]
    print(table.totals(results), table.by_rule(results), table.by_case(results), sep="\n\n")


if __name__ == "__main__":
    main()
