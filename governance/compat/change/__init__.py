"""What changed between two schemas: named by its place, and judged there."""
