"""What a run is asked to do: hyperparameters, layers, presets and experiments, as plain checked data."""
