"""Tables, queries and migrations; never commits by itself."""
