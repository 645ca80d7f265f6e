"""Read: a snapshot becomes typed resources, look-ups and blind spots. The only package that knows Azure's JSON."""
