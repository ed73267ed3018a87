"""The reference client of the Kernel Event Bus: events on Redis Streams, held to the catalog.

One core without input or output (``publisher``, ``consumer``) yields commands and takes replies;
two thin drivers carry them out: ``threads`` and ``aio``, with the same names.
"""
