"""python -m pipeline.cli: the console script without its installation."""

from pipeline.cli import main

if __name__ == "__main__":
    main()
