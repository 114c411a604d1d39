"""Image folders: listing, previewing, decoding once, resizing."""
