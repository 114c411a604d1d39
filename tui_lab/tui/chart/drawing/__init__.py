"""From curves to rows of characters."""
