"""KEB9xx: documentation, section 9 of rule 101."""
