"""The screens that set up a table or a folder of images."""
