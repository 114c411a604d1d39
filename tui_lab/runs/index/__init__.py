"""The list of all runs: read, kept up to date, filtered, sorted and compared."""
