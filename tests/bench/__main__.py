"""Prints the figures."""

from tests.bench import dispatch, knowledge, reports, turns


def main() -> None:
    for chapter in (turns, knowledge, reports, dispatch):
        for piece in chapter.sections():
            print(piece, flush=True)


if __name__ == "__main__":
    main()
