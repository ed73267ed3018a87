"""KEB7xx: versioning, section 7 of rule 101."""
