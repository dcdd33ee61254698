"""The rules of order fulfillment: pure, standard library only."""
