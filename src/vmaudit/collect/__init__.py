"""Ask Azure: the only package that opens connections. It sends questions, never changes, and keeps answers as given."""
