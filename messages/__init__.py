"""What crosses a process border: wire models, names, ids."""
