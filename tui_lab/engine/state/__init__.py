"""What a training consists of between two steps: parameters, optimizer, learning rate, best weights."""
