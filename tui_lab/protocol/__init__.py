"""The interface of the engine: events, commands, their codec, and `RunView`."""
