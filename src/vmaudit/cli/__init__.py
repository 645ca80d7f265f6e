"""Talk: flags, exit codes, progress and printing. Nothing else prints or exits.

Only click is imported here: each command's own module, and all that it needs, is loaded when the command runs.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from types import TracebackType
from typing import Final

import click

from vmaudit import __version__
from vmaudit.errors import VmauditError

COMMANDS: Final = {
    "demo": ("vmaudit.cli.demo", "Audit the built-in tenant Contoso and write its reports."),
    "scan": ("vmaudit.cli.scan", "Collect from Azure and audit in one go."),
    "collect": ("vmaudit.cli.collect", "Make a snapshot by asking Azure."),
    "doctor": ("vmaudit.cli.doctor", "Say what you may read in Azure, and what to grant for the rest."),
    "import": ("vmaudit.cli.import_", "Make a snapshot from files of Azure resources that you already have."),
    "audit": ("vmaudit.cli.audit", "Grade every virtual machine of a snapshot and write reports."),
    "gate": ("vmaudit.cli.gate", "Pass or fail a build: is a management port exposed?"),
    "explain": ("vmaudit.cli.explain", "Say hop by hop why a machine is open or closed."),
    "who": ("vmaudit.cli.who", "Say who may act on a machine, or what somebody may act on."),
    "access-role": ("vmaudit.cli.access_role", "Say which roles are enough to connect to a machine, or print one."),
    "conditional-access": (
        "vmaudit.cli.conditional_access",
        "Say what Conditional Access asks of somebody who opens an app.",
    ),
    "test-ip-flow": ("vmaudit.cli.ip_flow", "Say what the NSGs do with one packet, as Network Watcher would."),
    "rules": ("vmaudit.cli.rules", "List the rules, or show one."),
    "service-tags": ("vmaudit.cli.service_tags", "Store or show the addresses behind service tags."),
}
"""Name → module and one-line help: `--help` needs no command's code."""

EXIT_CODES: Final = {
    0: "passed",
    1: "the gate failed",
    2: "bad usage, rule or configuration",
    3: "no audit could be made",
    4: "the gate would pass, but evidence that it needs is incomplete",
}


class _LazyGroup(click.Group):
    """Commands that are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All commands, in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command's own code."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name][0]).command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - likewise
        """The list of commands, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


_EPILOG: Final = "\b\nExit codes:\n" + "\n".join(f"  {code}  {meaning}" for code, meaning in EXIT_CODES.items())


@click.group(
    cls=_LazyGroup,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="vmaudit")
@click.option("--no-color", is_flag=True, help="No colours (the variable NO_COLOR does the same).")
@click.pass_context
def cli(ctx: click.Context, *, no_color: bool) -> None:
    """Who can reach your Azure virtual machines, and by what right."""
    if no_color or os.environ.get("NO_COLOR"):
        ctx.color = False


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and give its exit code."""
    try:
        result = cli.main(
            args=None if arguments is None else list(arguments), prog_name="vmaudit", standalone_mode=False
        )
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as wrong:
        wrong.show()
        return wrong.exit_code
    except click.Abort:
        click.echo("interrupted", err=True)
        return 130
    except VmauditError as problem:
        _complain(problem.message, problem.remedy)
        return problem.exit_code
    except OSError as problem:
        _complain(f"{problem.filename or 'a file'}: {(problem.strerror or str(problem)).lower()}", "")
        return 3
    return result if isinstance(result, int) else 0


def _complain(message: str, remedy: str) -> None:
    from vmaudit.cli.terminal import safe  # noqa: PLC0415 - not needed where nothing goes wrong

    click.echo(click.style("error: ", fg="red", bold=True) + safe(message), err=True)
    if remedy:
        click.echo(safe(remedy), err=True)


def _crash(kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
    """A bug: show it whole, and do not let Python's own exit code 1 pass for "the gate failed"."""
    sys.__excepthook__(kind, value, trace)
    click.echo("This is a bug in vmaudit: no audit was made.", err=True)
    sys.stdout.flush()
    os._exit(3)


def main() -> None:
    """The entry point of the `vmaudit` program."""
    sys.excepthook = _crash
    code = run()
    with suppress(OSError):  # nobody reads on
        sys.stdout.flush()
        sys.stderr.flush()
    # Taking a large estate apart object by object takes a while; the kernel frees it at once.
    os._exit(code)
