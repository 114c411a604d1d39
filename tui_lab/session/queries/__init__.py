"""Questions about tables and image folders, answered in a process of their own."""
