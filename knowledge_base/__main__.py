"""`python -m knowledge_base search | check | import FILE | export FILE | calibrate`."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
import yaml
from sqlalchemy import select

from knowledge_base.guides import import_guides, prepare, shipped_files
from knowledge_base.models import GuideRow
from knowledge_base.schema import GuideFileError, read_guides
from storage import migrate, reading, writing

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The knowledge base.")


@app.command()
def search() -> None:
    """A query a line on standard input, a JSON object a line on standard output."""
    from knowledge_base import search as searching
    from knowledge_base.index import load_index

    prepare()
    index = load_index()
    for line in sys.stdin:
        result = asdict(searching.search(index, line.rstrip("\r\n")))
        print(json.dumps(result, ensure_ascii=False), flush=True)


@app.command()
def check(files: Annotated[list[Path] | None, typer.Argument()] = None) -> None:
    """Check the guides that come with the project, or the files named; every problem a line."""
    guides = read_guides(files or shipped_files())
    fields = {guide.field for guide in guides}
    print(f"{len(guides)} 份指南，{len(fields)} 个领域，没有发现问题")


@app.command("import")
def import_(file: Path) -> None:
    """Import a YAML file of guides: all of them or, if one is wrong, none."""
    guides = read_guides([file])
    migrate()
    with writing() as session:
        print(f"{import_guides(session, guides)} 份指南是新的或有改动")


@app.command()
def export(file: Path) -> None:
    """Write all guides of the database to a YAML file."""
    migrate()
    with reading() as session:
        bodies = [row.body for row in session.scalars(select(GuideRow).order_by(GuideRow.id))]
    file.write_text(yaml.safe_dump(bodies, allow_unicode=True, sort_keys=False), "utf-8")
    print(f"{len(bodies)} 份指南写入 {file}")


@app.command()
def calibrate() -> None:
    """Learn the weights of the evidence anew from the guides' own questions; writes calibration.json."""
    from knowledge_base.calibrate import calibrate as learn

    prepare()
    learn()


try:
    app()
except GuideFileError as refused:
    sys.exit("\n".join(refused.problems))
