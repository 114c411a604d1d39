"""Reading journals that grow, that are damaged, and that are no journals."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.journals import read
from tests.runs.samples import epoch, stamped, whole_run, wild_run
from tui_lab.errors import RunError
from tui_lab.protocol.codec import encode
from tui_lab.protocol.events import Record
from tui_lab.protocol.sealing import seal
from tui_lab.runs.journal.journal import Journal
from tui_lab.runs.journal.journal_reader import Follower

HEADER = b'{"format": "tui-lab.events", "version": 1}\n'


def lines_of(records: list[Record]) -> list[bytes]:
    return [encode(record) + b"\n" for record in records]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_a_growing_file_gives_each_record_once_and_only_whole_lines(path: Path) -> None:
    records = stamped(whole_run())
    follower = Follower(path)
    assert follower.poll() == []
    seen: list[Record] = []
    with path.open("wb", buffering=0) as file:
        content = HEADER + b"".join(lines_of(records))
        for start in range(0, len(content), 7):
            file.write(content[start : start + 7])
            seen += follower.poll()
            if content[: start + 7].endswith(b"\n"):
                assert follower.torn == 0
            else:
                assert follower.torn > 0
    assert seen == records
    assert (follower.damaged, follower.problem) == (0, "")


def test_a_torn_line_that_is_cut_and_written_over_is_read_once_and_right(path: Path) -> None:
    with Journal.open(path) as journal:
        journal.append(epoch(1))
    with path.open("ab") as file:
        file.write(encode(stamped([epoch(1), epoch(2)])[1])[:-20])
    follower = Follower(path)
    assert len(follower.poll()) == 1 and follower.torn > 0
    with Journal.open(path) as journal:
        record = journal.append(epoch(3))
    assert follower.poll() == [record]
    assert follower.damaged == 0


def test_what_is_skipped_is_not_read(path: Path) -> None:
    follower = Follower(path)
    follower.skip()
    with Journal.open(path) as journal:
        first = journal.append(epoch(1))
        assert follower.poll() == [first]
        journal.append(epoch(2))
        follower.skip()
        assert follower.poll() == []
        last = journal.append(epoch(3))
        assert follower.poll() == [last]
    assert (follower.damaged, follower.problem) == (0, "")


@pytest.mark.parametrize("place", range(len(whole_run())))
@pytest.mark.parametrize(
    "junk", [b"\n", b"{}\n", b"\xff\xfe\n", b"[" * 5000 + b"\n", b'{"seq": 1}\n', b"\0\0\n"]
)
def test_a_damaged_line_costs_itself_and_is_counted(path: Path, place: int, junk: bytes) -> None:
    records = stamped(whole_run())
    lines = lines_of(records)
    lines[place] = junk
    path.write_bytes(HEADER + b"".join(lines))
    text = read(path)
    assert text.records == records[:place] + records[place + 1 :]
    assert text.damaged == 1


@pytest.mark.parametrize(
    ("numbers", "kept", "damaged"),
    [
        ([1, 2, 2, 3], [1, 2, 3], 1),
        ([1, 2, 1, 3], [1, 2, 3], 1),
        ([1, 2, 93, 4, 5], [1, 2, 4, 5], 1),
        ([91, 2, 3], [2, 3], 1),
        ([1, 5, 9], [1, 5, 9], 0),
        ([0, -1, 1], [1], 2),
        ([1, 2, 3, 2, 3, 4], [1, 2, 3, 4], 2),
    ],
)
def test_records_out_of_order(path: Path, numbers: list[int], kept: list[int], damaged: int) -> None:
    path.write_bytes(HEADER + b"".join(lines_of([Record(n, 0.0, epoch(1)) for n in numbers])))
    text = read(path)
    assert [record.seq for record in text.records] == kept
    assert text.damaged == damaged


def test_a_follower_remembers_the_order_from_one_look_to_the_next(path: Path) -> None:
    first, second = stamped([epoch(1), epoch(2)])
    path.write_bytes(HEADER + b"".join(lines_of([first, second])))
    follower = Follower(path)
    assert follower.poll() == [first, second]
    with path.open("ab") as file:
        file.write(lines_of([first])[0])
    assert follower.poll() == []
    assert follower.damaged == 1


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (b'{"format": "tui-lab.events", "version": 2}\n', "newer tui-lab"),
        (b'{"format": "other", "version": 1}\n', "not a journal: its first line is wrong"),
        (b'{"format": "tui-lab.events", "version": true}\n', "not a journal: its first line is wrong"),
        (b"[1, 2]\n", "not a journal: its first line is wrong"),
        (b"\xff\n", "not a journal: its first line is wrong"),
        (b"\n", "not a journal: its first line is wrong"),
    ],
)
def test_a_wrong_first_line_is_said_and_what_can_be_read_is_read(
    path: Path, header: bytes, problem: str
) -> None:
    records = stamped(whole_run())
    path.write_bytes(header + b"".join(lines_of(records)))
    text = read(path)
    assert problem in text.problem
    assert text.records == records


def test_what_cannot_be_read_at_all_is_said_in_words(path: Path) -> None:
    with pytest.raises(RunError, match="there is no journal"):
        read(path)
    path.mkdir()
    with pytest.raises(RunError, match="cannot be read: it is a folder, not a regular file"):
        read(path)


CONTENT = HEADER + b"".join(lines_of(stamped([*whole_run(), *wild_run()])))


@given(st.lists(st.tuples(st.integers(0, len(CONTENT) - 1), st.integers(0, 255)), max_size=20))
@example([(HEADER.index(b"1"), ord("7"))])
def test_whatever_bytes_are_changed_the_reader_answers(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    path = tmp_path_factory.mktemp("flips") / "events.jsonl"
    content = bytearray(CONTENT)
    for place, value in changes:
        content[place] = value
    path.write_bytes(content)
    text = read(path)
    numbers = [record.seq for record in text.records]
    assert numbers == sorted(set(numbers))
    if text.problem.startswith("written by a newer tui-lab"):
        with pytest.raises(RunError, match=r"written by a newer tui-lab \(journal version \d+\)"):
            Journal.open(path)
        return
    with Journal.open(path) as journal:
        added = journal.append(epoch(7))
    assert read(path).records[-1] == added


@given(place=st.integers(len(HEADER), len(CONTENT) - 1), bit=st.integers(0, 7))
def test_one_flipped_bit_costs_at_most_the_lines_that_it_touches(
    tmp_path_factory: pytest.TempPathFactory, place: int, bit: int
) -> None:
    path = tmp_path_factory.mktemp("flip") / "events.jsonl"
    content = bytearray(CONTENT)
    content[place] ^= 1 << bit
    path.write_bytes(content)
    text = read(path)
    untouched = set(CONTENT.splitlines()) & set(bytes(content).splitlines())
    read_back = {encode(record) for record in text.records}
    assert untouched - {HEADER.strip()} <= read_back


SEALED = (
    seal(HEADER.strip())
    + b"\n"
    + b"".join(seal(line[:-1]) + b"\n" for line in lines_of(stamped(whole_run())))
)


@given(place=st.integers(0, len(SEALED) - 1), value=st.integers(0, 255))
@settings(max_examples=100)
def test_no_changed_byte_is_read_as_another_value(
    tmp_path_factory: pytest.TempPathFactory, place: int, value: int
) -> None:
    content = bytearray(SEALED)
    content[place] = value
    path = tmp_path_factory.mktemp("byte") / "events.jsonl"
    path.write_bytes(content)
    text = read(path)
    whole = [repr(record) for record in stamped(whole_run())]
    assert set(map(repr, text.records)) <= set(whole), "what is read was written"
    if len(text.records) < len(whole):
        assert text.damaged or text.torn or text.problem, "what is left out is said"
        assert len(whole) - len(text.records) <= 2, "a changed line break costs two lines, all else one"
    assert not text.problem.startswith("written by a newer"), "a changed version number is damage"


def test_lines_with_and_without_a_checksum_may_stand_in_one_journal(path: Path) -> None:
    records = stamped([epoch(n) for n in range(1, 6)])
    lines = lines_of(records)
    for sealed in (1, 3):
        lines[sealed] = seal(lines[sealed][:-1]) + b"\n"
    path.write_bytes(HEADER + b"".join(lines))
    assert read(path).records == records, "an earlier version went on with it"
    assert read(path).damaged == 0


@pytest.mark.parametrize("size", [1, 100, 1000, 5000])
def test_a_journal_is_read_the_same_in_pieces_of_any_size(
    path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_lab.runs.journal.journal_reader.CHUNK_BYTES", size)
    path.write_bytes(SEALED + b"torn")
    follower = Follower(path)
    assert [len(chunk) for chunk in follower.chunks()] and follower.torn == 4
    assert repr(read(path).records) == repr(stamped(whole_run()))
    for numbers, kept in (([1, 2, 93, 4, 5], [1, 2, 4, 5]), ([91, 2, 3], [2, 3])):
        path.write_bytes(HEADER + b"".join(lines_of([Record(n, 0.0, epoch(1)) for n in numbers])))
        assert [record.seq for record in read(path).records] == kept
