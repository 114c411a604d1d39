"""What an evaluation says, a file a topic: from the outputs of a split to `protocol.evaluation`."""
