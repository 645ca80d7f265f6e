"""`python -m vmaudit` is the same program as `vmaudit`."""

from vmaudit.cli import main

if __name__ == "__main__":
    main()
