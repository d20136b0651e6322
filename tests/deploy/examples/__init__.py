"""The examples of department systems."""
