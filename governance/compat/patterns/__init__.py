"""Regular expressions as automata: is there a text in which some are found and others are not?"""
