"""Commands between steps: where they come from, what they change, what the loop has to do for them."""
