"""Under torchrun: trains all scenarios in ranks; rank 0 writes what came out into the folder it is given."""

import pickle
import sys
from pathlib import Path

from tests.ranks.scenarios import SCENARIOS, trained
from tui_lab.engine.ranks.join import joined


def main(folder: Path) -> None:
    """Train them one after the other."""
    with joined(60) as ranks:
        (own := folder / str(ranks.rank)).mkdir()
        found = {name: trained(scenario, own) for name, scenario in SCENARIOS.items()}
        if ranks.leads:
            (folder / "outcomes").write_bytes(pickle.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
