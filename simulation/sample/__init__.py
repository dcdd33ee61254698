"""The sample shop: catalogue, stock and staff as the files that `import` reads."""
