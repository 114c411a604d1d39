"""The worker thread that trains, the journal that keeps what happens, and clients that watch and steer."""
