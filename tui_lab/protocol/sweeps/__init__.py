"""What happens in a sweep: its events, its commands, and the view that is folded from the events."""
