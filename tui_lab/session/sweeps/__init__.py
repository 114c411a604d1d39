"""Training a sweep: the process that leads it, the processes that train its trials, and who looks on."""
