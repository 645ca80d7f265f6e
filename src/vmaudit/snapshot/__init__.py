"""Keep evidence: rows as Azure gave them, in files with hashes, and what happened to each table."""
