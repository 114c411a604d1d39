"""What is drawn: curves, axes, and how they are looked at."""
