"""Prints the figures and writes them to docs/quality.md."""

from pathlib import Path

from tests.evaluate import cross_validation, knowledge, topics, understanding

REPORT = Path(__file__).resolve().parents[2] / "docs" / "quality.md"
HEADER = """# Quality

Written by `make evaluate`. No text of the held-out sets was trained on, and nothing was tuned on one of them. Two things
to know: the reports are a set of November 2026 that looks for the rare corners of each category and avoids its usual
words, harder than what most residents write (the easier set before it has since been trained on); and figures on this set
were known when further training texts were ordered, by people who never saw the set.
"""


def main() -> None:
    pieces = [HEADER]
    for chapter in (knowledge, understanding, cross_validation, topics):
        for piece in chapter.sections():
            print(piece, flush=True)
            pieces.append(piece)
    REPORT.write_text("\n".join(pieces), "utf-8")


if __name__ == "__main__":
    main()
