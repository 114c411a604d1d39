"""Magic numbers of files that people mistake for tables, and what to do about them."""

LOOKED_AT = 16
_CSV = "export the table as CSV"
_IMAGE = "to train on images, give a folder of images"
_KINDS = {
    b"PK\3\4": "an Excel workbook or another zip archive: save the table as CSV, or unpack it first",
    b"\xd0\xcf\x11\xe0\xa1\xb1": f"an old Excel workbook: {_CSV}",
    b"PAR1\x15": "a Parquet file: rename it to end in .parquet",
    b"\x89PNG\r\n": f"a PNG image: {_IMAGE}",
    b"\xff\xd8\xff": f"a JPEG image: {_IMAGE}",
    b"%PDF-": f"a PDF document: {_CSV}",
    b"SQLite format 3\0": f"an SQLite database: {_CSV}",
    b"\x89HDF\r\n": f"an HDF5 file: {_CSV}",
    b"\x93NUMPY": "a NumPy array: save it as CSV with numpy.savetxt",
    b"\x28\xb5\x2f\xfd": "compressed with zstd: decompress it first, or use gzip",
    b"BZh91AY&SY": "compressed with bzip2: decompress it first, or use gzip",
    b"\xfd7zXZ\0": "compressed with xz: decompress it first, or use gzip",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive: unpack it first",
}


def known_kind(first: bytes) -> str:
    """What a file with these first `LOOKED_AT` bytes is, and what to do; empty if it may be text."""
    return next((what for mark, what in _KINDS.items() if first.startswith(mark)), "")
