"""KEB4xx: schema management, section 4 of rule 101."""
