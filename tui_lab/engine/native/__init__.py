"""Updates in C, compiled on the machine they run on."""
