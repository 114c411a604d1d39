"""What the engine reaches on a GPU, and whether its bits repeat there: `python -m tests.gpu`."""
