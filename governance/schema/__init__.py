"""JSON Schema as the catalog uses it: dialects, pointers, and instance validation."""
