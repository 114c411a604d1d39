"""The layers of a network as text: grammar, kinds, shapes, parameters and memory, without torch."""
