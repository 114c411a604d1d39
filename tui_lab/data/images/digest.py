"""One hash of many texts."""

import hashlib


def digest_of(*texts: str) -> str:
    """The sha256 of the texts in their order; no two lists of texts are taken for one another."""
    digest = hashlib.sha256()
    for text in texts:
        encoded = text.encode(errors="surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()
