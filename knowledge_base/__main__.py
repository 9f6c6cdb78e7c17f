"""`python -m knowledge_base search | check | import FILE | export FILE | group | calibrate`."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select
from tqdm import tqdm

from knowledge_base.files import read_any, write_any, write_report
from knowledge_base.gaps import grouped, put_in_groups
from knowledge_base.guides import import_guides, prepare, shipped_files
from knowledge_base.models import GuideRow
from knowledge_base.schema import GuideFileError, read_guides, warnings
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
        found = searching.search(index, line.rstrip("\r\n"))
        shown = {"query": found.query, "decision": found.decision, "hits": [asdict(hit) for hit in found.hits]}
        print(json.dumps(shown, ensure_ascii=False), flush=True)


@app.command()
def check(files: Annotated[list[Path] | None, typer.Argument()] = None) -> None:
    """Check the guides that come with the project, or the files named; every problem a line."""
    guides = read_guides(files or shipped_files())
    for warning in warnings(guides):
        print(f"注意: {warning}")
    fields = {guide.field for guide in guides}
    print(f"{len(guides)} 份指南，{len(fields)} 个领域，没有发现问题")


@app.command("import")
def import_(
    file: Path,
    mapping: Annotated[Path | None, typer.Option(help="YAML: 指南的栏目对表格的列")] = None,
    report: Annotated[Path | None, typer.Option(help="把每一行的结果写进这个 CSV 文件")] = None,
) -> None:
    """Import guides from YAML, JSONL, CSV or XLSX: all of them or, if one is wrong, none."""
    guides = read_any(file, mapping)
    migrate()
    with writing() as session:
        changed = set(import_guides(session, tqdm(guides, "导入", unit="份"), f"导入 {file.name}"))
    if report:
        write_report(report, guides, changed)
    print(f"{len(guides)} 份指南，其中 {len(changed)} 份是新的或有改动")


@app.command()
def export(file: Path) -> None:
    """Write all guides of the database to a YAML, JSONL, CSV or XLSX file."""
    migrate()
    with reading() as session:
        bodies = [row.body for row in session.scalars(select(GuideRow).order_by(GuideRow.id))]
    write_any(file, bodies)
    print(f"{len(bodies)} 份指南写入 {file}")


@app.command()
def group() -> None:
    """Group the open questions by meaning, for staff."""
    migrate()
    with reading() as session:
        groups = grouped(session)
    with writing() as session:
        put_in_groups(session, groups)


@app.command()
def calibrate() -> None:
    """Learn the weights of the evidence anew from the guides' own questions; writes calibration.json."""
    from knowledge_base.calibrate import calibrate as learn

    prepare()
    learn()


if __name__ == "__main__":
    try:
        app()
    except GuideFileError as refused:
        sys.exit("\n".join(refused.problems))
