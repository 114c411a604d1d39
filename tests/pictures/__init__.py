"""The pictures in the docs: every screen, from real runs, at three sizes."""
