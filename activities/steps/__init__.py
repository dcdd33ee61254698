"""What the steps of a run do to an order, one module for each part of its story."""
