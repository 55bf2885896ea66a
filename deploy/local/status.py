"""What runs, how much memory it takes and where it is reached."""

import psutil
from rich.console import Console
from rich.table import Table

from deploy.local.stack import Stack
from deploy.names import CONSOLE

MEBIBYTE = 1024 * 1024


def memory_mib(pid: int) -> int:
    """Memory of a process and its children; what they share counts once where that is known.

    PostgreSQL's processes all map the same buffers: their sum would be several times the truth.
    """
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(_resident(each) for each in family) // MEBIBYTE
    except psutil.Error:
        return 0


def _resident(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
    except psutil.AccessDenied:
        return int(process.memory_info().rss)
    return int(getattr(full, "pss", full.rss))


def print_status(stack: Stack, console: Console) -> int:
    """A table; exit status 0 if everything runs, 3 if something does not."""
    found = stack.supervisor.processes()
    processes = {name: each for name, each in found.items() if not stack.is_idle(each)}
    if not processes:
        console.print("The platform is not running.")
        return 3
    table = Table(box=None, pad_edge=False)
    for title, side in (("component", "left"), ("state", "left"), ("pid", "right")):
        table.add_column(title, justify="right" if side == "right" else "left")
    table.add_column("MiB", justify="right")
    table.add_column("address")
    addresses = {each.name: each.address for each in stack.components}
    total = 0
    names = [name for name in addresses if name in processes]
    for name in (*names, *sorted(processes.keys() - addresses.keys())):
        process = processes[name]
        memory = memory_mib(process.pid) if process.pid else 0
        total += memory
        pid = str(process.pid or "")
        table.add_row(name, process.state.lower(), pid, str(memory or ""), addresses.get(name, ""))
    table.add_row("together", "", "", str(total), "")
    console.print(table)
    return 0 if all(each.state == "RUNNING" for each in processes.values()) else 3


def print_addresses(stack: Stack, console: Console) -> None:
    """Where to look now."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for component in stack.components:
        if component.name == f"{CONSOLE}-api":
            table.add_row(CONSOLE, component.address)
        elif component.name.endswith("-api"):
            table.add_row(component.name.removesuffix("-api"), f"{component.address}/docs")
        elif component.ports and not component.name.endswith("-worker"):
            table.add_row(component.name, component.address)
    console.print("\nEverything is ready.", style="green")
    console.print(table)
