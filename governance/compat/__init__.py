"""Is there an event that one side writes and the other can't read? With a proof, or an event."""
