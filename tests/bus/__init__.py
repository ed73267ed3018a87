"""The bus, against real servers."""
