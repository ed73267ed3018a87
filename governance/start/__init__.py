"""What a project starts with: settings, a first catalog, documents, a hook and a workflow."""
