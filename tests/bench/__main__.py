"""Prints the figures."""

from tests.bench import knowledge, turns


def main() -> None:
    for chapter in (turns, knowledge):
        for piece in chapter.sections():
            print(piece, flush=True)


if __name__ == "__main__":
    main()
