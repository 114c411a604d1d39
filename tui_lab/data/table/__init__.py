"""Tables: a file to columns of numbers and categories, with every problem reported."""
