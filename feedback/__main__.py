"""`python -m feedback routing check`."""

import sys

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Reports.")
routing = typer.Typer(no_args_is_help=True, help="Which department a report goes to.")
app.add_typer(routing, name="routing")


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


if __name__ == "__main__":
    app()
