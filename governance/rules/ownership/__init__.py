"""KEB8xx: ownership and review, section 8 of rule 101."""
