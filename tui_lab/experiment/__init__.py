"""What a run should do: hyperparameters, layers, presets and experiments, as plain validated data."""
