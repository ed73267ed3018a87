"""The governed content model: what the client makes of a schema for writers and readers."""
