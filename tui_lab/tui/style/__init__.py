"""Text, numbers and colours."""
