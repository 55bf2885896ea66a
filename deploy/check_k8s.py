"""`python -m deploy.check_k8s`: manifests fit the API, and services are of one shape."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import kubernetes_validate
import yaml

from deploy.names import SERVICES

FOLDER: Final = Path(__file__).parents[1] / "k8s"
API_VERSION: Final = "1.37"


def documents(file: Path) -> Iterator[dict[str, Any]]:
    """The objects of one file."""
    yield from (each for each in yaml.safe_load_all(file.read_text()) if each)


def schema_errors(name: str, objects: Iterator[dict[str, Any]]) -> list[str]:
    """What the API would refuse; unknown fields too, which it would drop in silence."""
    errors = []
    for each in objects:
        try:
            kubernetes_validate.validate(each, API_VERSION, strict=True)
        except kubernetes_validate.ValidationError as error:
            errors.append(f"{name}: {each['kind']} {each['metadata']['name']}: {error.message}")
    return errors


def listing_errors(folder: Path) -> list[str]:
    """Files that kustomization.yaml names but that are not there, and the other way round."""
    kustomization = next(documents(folder / "kustomization.yaml"))
    listed = {each for each in kustomization["resources"] if each.endswith(".yaml")}
    there = {file.name for file in folder.glob("*.yaml")} - {"kustomization.yaml"}
    return [
        f"{folder.name}: {name} is listed or there, not both" for name in sorted(listed ^ there)
    ]


def shape_errors() -> list[str]:
    """The manifests of two services differ in the service's name only."""
    first, *others = SERVICES
    shape = (FOLDER / "base" / f"{first}.yaml").read_text().replace(first, "SERVICE")
    return [
        f"base/{service}.yaml differs from base/{first}.yaml in more than its name"
        for service in others
        if (FOLDER / "base" / f"{service}.yaml").read_text().replace(service, "SERVICE") != shape
    ]


def built_errors(overlay: Path) -> list[str]:
    """The overlay as it would be applied, where kubectl is at hand to build it."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        return []
    built = subprocess.run(
        (kubectl, "kustomize", str(overlay)),
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode != 0:
        return [f"{overlay.name}: {built.stderr.strip()}"]
    return schema_errors(overlay.name, (each for each in yaml.safe_load_all(built.stdout) if each))


def main() -> int:
    """0 if all is well; otherwise what is not."""
    folders = [file.parent for file in sorted(FOLDER.rglob("kustomization.yaml"))]
    files = [
        file
        for folder in folders
        for file in sorted(folder.glob("*.yaml"))
        if file.name != "kustomization.yaml"
    ]
    errors = shape_errors()
    for folder in folders:
        errors += listing_errors(folder)
    for file in files:
        errors += schema_errors(str(file.relative_to(FOLDER)), documents(file))
    for overlay in sorted((FOLDER / "overlays").iterdir()):
        errors += built_errors(overlay)
    for error in errors:
        print(error, file=sys.stderr)
    if not errors:
        print(f"k8s: {sum(1 for file in files for _ in documents(file))} objects are valid")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
