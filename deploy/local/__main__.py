"""`python -m deploy.local up|down|clean|logs|status|release|code`: the platform on this machine."""

import argparse
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType

from rich.console import Console

from deploy.local.codes import code_of
from deploy.local.component import StartError
from deploy.local.download import DownloadError
from deploy.local.follow import follow
from deploy.local.layout import REPOSITORY, Layout
from deploy.local.ports import Ports, PortTakenError
from deploy.local.releases import add_commit
from deploy.local.screen import Screen
from deploy.local.stack import EVERYTHING, Stack
from deploy.local.status import print_addresses, print_status

ROOT = REPOSITORY / "var" / "local"
WATCH_SECONDS = 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the result is the exit status."""
    options = _parser().parse_args(arguments)
    console = Console()
    stack = _stack(tuple(getattr(options, "components", ())) or EVERYTHING)
    commands: dict[str, Callable[[], int]] = {
        "up": lambda: up(stack, console, detach=options.detach),
        "down": lambda: down(stack, console),
        "clean": lambda: clean(stack, console),
        "status": lambda: print_status(stack, console),
        "logs": lambda: follow(stack.layout.logs, options.component),
        "release": lambda: release(stack, console, options.commit),
        "code": lambda: code(options.account, console),
    }
    return commands[options.command]()


def clean(stack: Stack, console: Console) -> int:
    """Stop everything and forget all data."""
    down(stack, console)
    shutil.rmtree(stack.layout.root, ignore_errors=True)
    shutil.rmtree(stack.layout.outside, ignore_errors=True)
    console.print(f"Removed {stack.layout.root}; what was downloaded is kept.")
    return 0


def release(stack: Stack, console: Console, commit: str) -> int:
    """Make a commit a release that the console can roll out."""
    try:
        name = add_commit(stack.layout, commit)
    except StartError as failure:
        console.print(str(failure), style="red", highlight=False, markup=False)
        return 1
    console.print(f"{name} can be rolled out.", highlight=False)
    return 0


def up(stack: Stack, console: Console, *, detach: bool) -> int:
    """Start what does not run; in the foreground stay until Ctrl-C and stop everything again."""
    was_running = stack.is_running()
    if was_running:
        console.print("The platform is running already; starting what is missing.")
    signal.signal(signal.SIGTERM, _like_ctrl_c)
    screen = Screen(console)
    for service in stack.absent:
        screen.report(service, "absent", f"services/{service} has no program yet")
    try:
        with screen.shown():
            stack.start(screen.report)
        print_addresses(stack, console)
        if not (detach or was_running):
            console.print("Ctrl-C stops everything.")
            _watch(stack, console)
    except PortTakenError as taken:
        console.print(str(taken), style="red", highlight=False, soft_wrap=True)
        return 2
    except (StartError, DownloadError) as failure:
        console.print(str(failure), style="red", highlight=False, markup=False, soft_wrap=True)
        if not was_running:
            down(stack, console)
        return 1
    except KeyboardInterrupt:
        return down(stack, console)
    return 0


def down(stack: Stack, console: Console) -> int:
    """Stop everything, in order; a second Ctrl-C meanwhile changes nothing."""
    if not stack.is_running():
        console.print("The platform is not running.")
        return 0
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        screen = Screen(console)
        with screen.shown():
            stack.stop(screen.report)
    finally:
        signal.signal(signal.SIGINT, previous)
    return 0


def code(account: str, console: Console) -> int:
    """The second factor of a demo account."""
    try:
        console.print(code_of(account), highlight=False)
    except LookupError as unknown:
        console.print(str(unknown.args[0]), style="red")
        return 2
    return 0


def _watch(stack: Stack, console: Console) -> None:
    """Say when a process was started anew or can't be kept alive; end when supervisord is gone."""
    pids = {each.name: each.pid for each in stack.supervisor.processes().values()}
    while processes := stack.supervisor.processes():
        for process in processes.values():
            if process.pid and pids[process.name] != process.pid:
                again = "ended and was started again" if pids[process.name] else "was started"
                console.print(f"{process.name} {again}", style="yellow")
                pids[process.name] = process.pid
            elif process.state == "FATAL" and pids[process.name]:
                console.print(f"{process.name} does not stay up: {process.detail}", style="red")
                pids[process.name] = 0
        time.sleep(WATCH_SECONDS)
    console.print("Stopped from elsewhere.")


def _stack(components: Sequence[str]) -> Stack:
    """A running platform keeps the ports it was started with."""
    layout = Layout(ROOT)
    stack = Stack(ROOT, Ports.from_environment(os.environ), components)
    if stack.is_running() and layout.ports.exists():
        return Stack(ROOT, Ports.load(layout.ports), components)
    return stack


def _like_ctrl_c(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("up", help="start everything, or only the named components")
    start.add_argument("--detach", action="store_true", help="return when all is ready")
    start.add_argument("components", nargs="*", metavar="COMPONENT", help=", ".join(EVERYTHING))
    commands.add_parser("down", help="stop everything")
    commands.add_parser("clean", help="stop everything and forget all data; keeps the downloads")
    commands.add_parser("status", help="state, memory and address of each process")
    made = commands.add_parser("release", help="make a commit a release that can be rolled out")
    made.add_argument("commit", nargs="?", default="HEAD")
    logs = commands.add_parser("logs", help="follow the logs of a component or service")
    logs.add_argument("component", help="for example voucher, voucher-worker or kafka")
    codes = commands.add_parser("code", help="the one-time code of a demo account of the console")
    codes.add_argument("account", help="operator, approver or viewer")
    return parser


if __name__ == "__main__":
    sys.exit(main())
