"""``gradcut learn``."""

from __future__ import annotations

from pathlib import Path

import click

from gradcut.cli.options import FILE, FOLDER, as_json

__all__ = ["learn"]


def _print_example(context: click.Context, _parameter: click.Parameter, name: str | None) -> None:
    if name is None or context.resilient_parsing:
        return
    from gradcut.config.examples import EXAMPLES, example

    if name == "list":
        click.echo("\n".join(f"{known:<16} {what}" for known, what in EXAMPLES.items()))
    else:
        click.echo(example(name), nl=False)
    context.exit()


def _print_schema(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    from gradcut.config.json_schema import published_schema

    click.echo(published_schema(), nl=False)
    context.exit()


@click.command(short_help="Learn what a YAML file describes.")
@click.argument("configuration", type=FILE, metavar="ANALYSIS.yaml")
@click.option("--output", type=FOLDER, help="Folder for the results, instead of the configured one.")
@click.option("--check", "only_check", is_flag=True, help="Only say whether all of it makes sense.")
@click.option("--again", is_flag=True, help="Replace results that are there, and begin anew.")
@as_json
@click.option(
    "--example",
    metavar="NAME",
    is_eager=True,
    expose_value=False,
    callback=_print_example,
    help="Print a commented configuration: cuts, working-points, bins, observable, joint, triggers.",
)
@click.option(
    "--schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_schema,
    help="Print the JSON Schema of configurations, for editors.",
)
@click.pass_context
def learn(
    context: click.Context,
    configuration: Path,
    output: Path | None,
    only_check: bool,
    again: bool,
    as_json: bool,
) -> None:
    """Learn what a YAML file describes: cuts, working points, bins, an observable, a trigger menu.

    The file names samples, what is left open, and the objective. All mistakes in it are found before anything
    is read, each with its line. The result, its cutflow and exports go to one folder; Ctrl-C saves the best
    so far there (exit code 130).

    \b
    Begin with an example:
      gradcut learn --example cuts > cuts.yaml
      cp "$(gradcut config --sample)"/*.root .
      gradcut learn cuts.yaml
    """
    from gradcut.cli.learning import carry_out, opened

    document, task = opened(configuration)
    if only_check:
        _say_checked(configuration, task, as_json)
        return
    from gradcut.config.running import folder_of

    carry_out(context, document, task, folder_of(document, output), as_json=as_json, again=again)


def _say_checked(path: Path, task: object, as_json: bool) -> None:
    from gradcut.cli.output import echo_json
    from gradcut.config.make_task import Task

    if not isinstance(task, Task):
        raise TypeError(type(task))
    processes, channels = list(task.samples.processes), list(task.samples.channels)
    variations = [variation.name for variation in task.samples.variations]
    if as_json:
        named = {"processes": processes, "channels": channels, "variations": variations}
        echo_json({"learns": task.kind, **named})
        return
    click.echo(f"{path} makes sense: it learns {task.title}")
    click.echo(f"  processes:  {', '.join(processes)}")
    click.echo(f"  channels:   {', '.join(channels)}")
    click.echo(f"  variations: {', '.join(variations) or 'none'}")
