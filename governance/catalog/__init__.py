"""The catalog: YAML and JSON files read with exact positions, and what they say about events."""
