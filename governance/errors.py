"""Errors that a person can do something about; everything else that is raised is a bug of ours.

    GovernError
    ├── ConfigError    the settings say something that has no meaning
    ├── CatalogError   there is no catalog to look at
    ├── BaselineError  there is no catalog to compare with, though one was asked for
    ├── ServerError    a private server can't be found, started, or does not answer
    ├── BusError       the server of the bus can't be had, or does not do what it is asked
    └── UsageError     the command line names something that does not exist

A broken *schema* is never an error: it is a finding.
"""


class GovernError(Exception):
    """The surroundings are broken; the text says what to do next. Exit code 2."""


class ConfigError(GovernError):
    """A settings file can't be read, or holds a key or value that has no meaning."""


class CatalogError(GovernError):
    """The catalog folder does not exist, can't be read, or holds no schema file."""


class BaselineError(GovernError):
    """What to compare with can't be had: an unknown ref, a clone that lacks it, git failing."""


class ServerError(GovernError):
    """A private Redis server can't be found or started, or does not answer."""


class BusError(GovernError):
    """The server of the bus can't be had, or does not do what it is asked."""


class UsageError(GovernError):
    """The command line asks for something that does not exist."""
