"""`python -m feedback export FILE | keys new | keys rotate | routing check | destinations check | reconcile | figures`."""

import sys
from pathlib import Path

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, help="诉求")
keys = typer.Typer(no_args_is_help=True, help="静态加密的密钥")
routing = typer.Typer(no_args_is_help=True, help="派单规则")
app.add_typer(keys, name="keys")
app.add_typer(routing, name="routing")
places = typer.Typer(no_args_is_help=True, help="派单去处")
app.add_typer(places, name="destinations")


@app.command()
def export(file: Path) -> None:
    """Write all reports to FILE (.csv or .xlsx) for analysis, without anything that tells whose they are."""
    from feedback.privacy.analysis import write
    from storage import reading

    with reading() as session:
        write(session, file)
    print(f"已导出到 {file}")


@app.command()
def figures(days: int = 30, by: str = "category") -> None:
    """Print the figures of the last days by day, category, district, department or channel, the whole first."""
    from feedback import figures as of
    from storage import reading

    if by not in of.DIMENSIONS:
        sys.exit(f"只能按 {'、'.join(of.DIMENSIONS)} 分")
    with reading() as session:
        period = of.last_days(days)
        rows = of.figures(session, period) + of.figures(session, period, by)
    lines = of.figures_table(rows, ("key", *of.DEFINITIONS))
    lines[0][0] = "合计"
    for line in ([of.DIMENSIONS[by], *(name for name, _ in of.DEFINITIONS.values())], *lines):
        print("\t".join(map(str, line)))


@keys.command("new")
def keys_new() -> None:
    """Put a new key in front of the others. Then start the processes anew, and rotate."""
    from storage.encrypted import add_key, new_key

    if file := add_key():
        print(f"新密钥已加在 {file} 的最前面。请重启各个进程，再运行 python -m feedback keys rotate。")
    else:
        print(
            f"请把下面的密钥加在 MINSHENG_DATA_KEYS 的最前面（用逗号隔开），重启各个进程，再运行 keys rotate：\n{new_key()}"
        )


@keys.command("rotate")
def keys_rotate() -> None:
    """Encrypt with the first key what other keys had encrypted; the system may run meanwhile. Then the other keys may go."""
    from storage.rotation import rotate

    print(f"已用第一把密钥重新加密 {rotate()} 处。")


@routing.command()
def check() -> None:
    """Look for rules that can't be, and for matters that no department near takes; a line each."""
    from feedback.routing import find_faults, seed_rules
    from storage import migrate, writing

    migrate()
    with writing() as session:
        seed_rules(session)
        faults = find_faults(session)
    if faults:
        sys.exit("\n".join(faults))
    print("每个区的每个类别都有部门接，规则没有发现问题")


@places.command("check")
def destinations_check() -> None:
    """Look whether every destination can be reached and takes our categories; a line for each fault."""
    faults = [f"{name}：{fault}" for name, place in _destinations().items() for fault in place.check()]
    if faults:
        sys.exit("\n".join(faults))
    print(f"去处都没有发现问题：{'、'.join(_destinations())}")


@app.command()
def reconcile(only: str = typer.Option("", help="只对一个去处的账")) -> None:
    """Compare open work orders with the destinations, repair what may be repaired; a line for each difference."""
    from feedback.dispatch import reconciliation
    from storage import reading

    if only and only not in _destinations():
        sys.exit(f"没有去处「{only}」，有：{'、'.join(_destinations())}")
    chosen = {name: place for name, place in _destinations().items() if only in ("", name)}
    ids = reconciliation.reconcile(chosen)
    with reading() as session:
        for comparison in (session.get_one(reconciliation.Reconciliation, one) for one in ids):
            print(f"{comparison.destination}：比对 {comparison.compared} 张工单，{len(comparison.differences)} 处不同")
            for line in map(reconciliation.shown, comparison.differences):
                print(f"  {line['number'] or '—'}  {line['kind']}  {line['words']}")


def _destinations() -> dict:
    from feedback.dispatch.destinations import destinations
    from feedback.dispatch.destinations.config import WrongFile

    try:
        return destinations()
    except WrongFile as wrong:
        sys.exit(str(wrong))


if __name__ == "__main__":
    app()
