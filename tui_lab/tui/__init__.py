"""The lab: shows the events of a run and sends the user's commands to it."""
