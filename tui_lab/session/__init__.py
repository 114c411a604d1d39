"""The worker thread that trains, the recorder that writes the journal, and clients that watch and control."""
