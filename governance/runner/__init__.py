"""A run of GitHub Actions: what it is asked, what it compares with, and all that it tells."""
