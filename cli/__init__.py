"""The orderwright command."""
