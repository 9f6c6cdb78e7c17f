"""`python -m nlu analyze | train`."""

import contextlib
import json
import os
import sys

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Understanding.")

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@app.command()
def analyze() -> None:
    """A text a line on standard input, a JSON object a line on standard output."""
    from nlu.analyze import analyze as understand
    from nlu.training import ensure_model

    answers = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # whatever libraries print is no answer
        lines = (line.rstrip("\r\n") for line in sys.stdin)
        for analysis in understand(lines, ensure_model()):
            print(json.dumps(analysis, ensure_ascii=False), file=answers, flush=True)


@app.command()
def train() -> None:
    """Train the assistant if anything it is made of has changed."""
    from nlu.training import TrainingFailed, ensure_model

    try:
        print(ensure_model())
    except TrainingFailed as failed:
        sys.exit(str(failed))


app()
