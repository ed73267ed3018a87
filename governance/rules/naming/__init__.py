"""KEB5xx: naming, section 5 of rule 101."""
