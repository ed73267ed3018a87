"""KEB6xx: envelope and payload, section 6 of rule 101."""
