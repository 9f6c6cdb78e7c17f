"""Prints the figures."""

from tests.bench import knowledge


def main() -> None:
    for piece in knowledge.sections():
        print(piece, flush=True)


if __name__ == "__main__":
    main()
