"""One hash over many texts."""

import hashlib


def digest_of(*texts: str) -> str:
    """The sha256 of the texts in order; different lists of texts give different input to the hash."""
    digest = hashlib.sha256()
    for text in texts:
        encoded = text.encode(errors="surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()
