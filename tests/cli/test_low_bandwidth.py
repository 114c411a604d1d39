"""`--low-bandwidth` is understood wherever the lab can be opened."""

import pytest

from tui_lab.cli.arguments.parser import parse
from tui_lab.cli.commands.lab import low_bandwidth


@pytest.mark.parametrize("words", [[], ["regression"], ["attach", "last"]])
def test_the_option_works_before_and_after_what_is_opened(words: list[str]) -> None:
    assert not low_bandwidth(parse(words))
    assert low_bandwidth(parse(["--low-bandwidth", *words]))
    assert low_bandwidth(parse([*words, "--low-bandwidth"]))
