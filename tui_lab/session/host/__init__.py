"""The process that trains a run and outlives the terminal."""
