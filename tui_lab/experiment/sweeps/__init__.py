"""What a sweep is asked to do: which values vary, how many trials there are, and when one is given up."""
