"""Small charts drawn as SVG, without a script and readable in black and white."""
