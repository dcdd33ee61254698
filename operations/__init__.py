"""What callers outside a run do, one transaction each."""
