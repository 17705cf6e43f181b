"""``python -m unipose``."""

from unipose.cli import main

if __name__ == "__main__":
    main()
