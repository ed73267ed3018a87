"""What changes the files of a catalog: a catalog in, text edits out; nothing is read or written.

Every change is made at a span of the text, so that comments, order and quoting stay.
"""
