"""Prints the figures and writes them to docs/quality.md."""

from pathlib import Path

from tests.evaluate import knowledge, understanding

REPORT = Path(__file__).resolve().parents[2] / "docs" / "quality.md"
HEADER = """# Quality

Written by `make evaluate`. Nothing was trained or tuned on the held-out sets.
"""


def main() -> None:
    pieces = [HEADER]
    for chapter in (knowledge, understanding):
        for piece in chapter.sections():
            print(piece, flush=True)
            pieces.append(piece)
    REPORT.write_text("\n".join(pieces), "utf-8")


if __name__ == "__main__":
    main()
