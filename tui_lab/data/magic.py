"""What files begin with that people take for tables, and what to do about them."""

LOOKED_AT = 16
_CSV = "save the table in it as CSV"
_IMAGE = "a table is text; images are trained on from a folder"
_KINDS = {
    b"PK\3\4": "an Excel workbook or another zip archive: save the table as CSV, or unpack it first",
    b"\xd0\xcf\x11\xe0\xa1\xb1": f"an old Excel workbook: {_CSV}",
    b"PAR1\x15": "a Parquet file: name it so that it ends in .parquet",
    b"\x89PNG\r\n": f"a PNG image: {_IMAGE}",
    b"\xff\xd8\xff": f"a JPEG image: {_IMAGE}",
    b"%PDF-": f"a PDF document: {_CSV}",
    b"SQLite format 3\0": f"an SQLite database: {_CSV}",
    b"\x89HDF\r\n": f"an HDF5 file: {_CSV}",
    b"\x93NUMPY": "an array of NumPy: save it as CSV with numpy.savetxt",
    b"\x28\xb5\x2f\xfd": "packed with zstd: unpack it first, or pack it with gzip",
    b"BZh91AY&SY": "packed with bzip2: unpack it first, or pack it with gzip",
    b"\xfd7zXZ\0": "packed with xz: unpack it first, or pack it with gzip",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive: unpack it first",
}


def known_kind(first: bytes) -> str:
    """What a file with these first `LOOKED_AT` bytes is, and what to do; empty for all that may be text."""
    return next((what for mark, what in _KINDS.items() if first.startswith(mark)), "")
