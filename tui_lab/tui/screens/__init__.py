"""The screens: the lab itself, and those that are opened over it."""
