"""Numbers in sentences."""


def counted(count: int, one: str, many: str) -> str:
    """`1 file is`, `1,200 files are`: a count with the words that follow it."""
    return f"{count:,} {one if count == 1 else many}"
