"""The engine: a normal form, and a search for a value that satisfies one schema and not another."""
