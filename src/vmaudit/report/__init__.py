"""Show: an assessment becomes HTML, PDF, JSON and CSV. Pure: bytes out, nothing printed."""
