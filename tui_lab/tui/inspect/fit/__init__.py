"""The window that draws what a network predicts over its one or two inputs."""
