"""What managers ask for: figures, exports, reports, and what is left out."""
