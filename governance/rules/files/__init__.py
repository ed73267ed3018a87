"""KEB1xx: files that can't be read, or not in one way only."""
