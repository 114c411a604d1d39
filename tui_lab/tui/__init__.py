"""The lab: a screen that shows what a client says and asks for what a person wants."""
