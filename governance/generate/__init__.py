"""Generated artefacts; see the modules."""
