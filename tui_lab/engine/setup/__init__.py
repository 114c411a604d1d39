"""From an experiment to data, network and device that are ready to train."""
