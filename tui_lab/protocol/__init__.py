"""What is said between the engine and everything else: events, commands, their codec, and `RunView`."""
