"""The screens: the lab itself, and the help over it."""
