"""``python build.py``: builds this site; ``python build.py --help`` says what else it does."""

import sys

if __name__ == "__main__":
    try:
        from prebake.cli import main
    except ModuleNotFoundError as error:
        sys.exit(
            f"error: the Python package {error.name!r} is not installed. Run 'make site' once; "
            "after that use '.venv/bin/python build.py'."
        )
    main()
