"""Files written safely: whole or not at all, with checksums, following no links."""
