"""From the words of a command line to what they mean."""
