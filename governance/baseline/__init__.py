"""Catalogs out of git, by plumbing reads alone: nothing is written, checked out or fetched."""
