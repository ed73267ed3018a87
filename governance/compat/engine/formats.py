"""A realistic text for each format that people know.

Source: JSON Schema validation 2020-12, section 7.3.
"""

_SAMPLES = {
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "time": "12:00:00Z",
    "duration": "PT5M",
    "email": "ada@example.com",
    "idn-email": "ada@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/a",
    "uri-reference": "/a",
    "iri": "https://example.com/a",
    "iri-reference": "/a",
    "uri-template": "/a/{id}",
    "uuid": "7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11",
    "json-pointer": "/a",
    "relative-json-pointer": "1/a",
    "regex": "^a$",
}


def samples() -> tuple[str, ...]:
    """Return a text of each format."""
    return tuple(_SAMPLES.values())


def sample(name: str) -> tuple[str, ...]:
    """Return a text of a format, or none where the format has no name that is known."""
    return (_SAMPLES[name],) if name in _SAMPLES else ()
