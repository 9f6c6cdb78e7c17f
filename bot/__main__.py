"""`python -m bot run | prepare | staff add NAME --role ROLE`."""

import asyncio
import sys

import typer

from bot.settings import settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="民声")
staff = typer.Typer(no_args_is_help=True, help="工作人员账号")
app.add_typer(staff, name="staff")


@app.command()
def run() -> None:
    """Prepare what is missing and run everything on this machine until Ctrl-C."""
    from bot.prepare import prepare
    from bot.processes import processes
    from bot.supervisor import StartFailed, Supervisor
    from feedback.dispatch.destinations.config import WrongFile, configured

    try:
        configured()
    except WrongFile as wrong:
        sys.exit(str(wrong))
    model = prepare()
    print("启动各个进程 …", flush=True)
    try:
        asyncio.run(Supervisor(processes(model)).run(_ready))
    except StartFailed as failed:
        sys.exit(str(failed))
    print("全部停止。")


def _ready() -> None:
    from bot.prepare import FIRST_ACCOUNT, first_password
    from feedback.settings import settings as feedback_settings

    base = f"http://{settings().web_host}:{settings().web_port}"
    print(f"\n民声已就绪\n  市民页面  {base}/\n  工作台    {base}/console/")
    if feedback_settings().uses_reference:
        print(f"  参考派单  http://127.0.0.1:{feedback_settings().reference_port}/")
    if password := first_password():
        print(f"  首次登录  {FIRST_ACCOUNT} / {password}   （只显示这一次）")
    print("  按 Ctrl-C 停止\n", flush=True)


@app.command()
def prepare() -> None:
    """Migrate the database, import the guides, train the model: whatever is missing."""
    from bot.prepare import prepare as do

    do()


@staff.command("add")
def staff_add(
    name: str,
    role: str = typer.Option("clerk", help="clerk 受理员，coordinator 协调员，admin 管理员"),
    password: str = typer.Option(..., prompt="口令", hide_input=True, confirmation_prompt=True),
) -> None:
    """Add an account of the console."""
    from feedback.accounts import AccountRefused, add_staff
    from storage import migrate, writing

    migrate()
    try:
        with writing() as session:
            add_staff(session, name, role, password)
    except AccountRefused as refused:
        sys.exit(str(refused))
    print(f"已添加 {name}")


if __name__ == "__main__":
    app()
