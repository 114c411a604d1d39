"""Run folders: their names, their journal, their lock, the list of them, and the export."""
