"""Builders that tests share: documents, messages, and a whole shop."""
