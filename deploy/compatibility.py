"""The gate of the event contracts: what is published once is kept; only additions pass.

The archive and slower readers hold events of every earlier form, and earlier readers meet events of
the new one. So an existing field keeps its schema, and a new field has a default.
"""

from collections.abc import Iterator
from typing import Any, Final

Schema = dict[str, Any]

#: Words for people; they may change.
DESCRIPTIVE: Final = frozenset({"title", "description", "examples", "$id", "$schema", "$defs"})


def breaches(old: Schema, new: Schema) -> list[str]:
    """What in `new` would break a reader of `old` events or an old reader of new ones, in words."""
    return list(_objects(_inlined(old, old), _inlined(new, new), ""))


def removed(event_type: str) -> str:
    """What to say of an event type that is no longer there."""
    return (
        f"{event_type} was removed. Its events stay in the archive and others may read them: "
        "keep the class, and only stop publishing it."
    )


def _objects(old: Schema, new: Schema, path: str) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    for name, schema in before.items():
        where = f"{path}{name}"
        if name not in after:
            yield f"`{where}` was removed. Keep it; what should differ belongs in a new version of the event beside this one."
        else:
            yield from _fields(schema, after[name], where)
    for name in sorted(new.get("required", [])):
        if name not in before:
            yield f"`{path}{name}` is new and required, but earlier events do not have it. Give it a default."
        elif name not in old.get("required", []):
            yield f"`{path}{name}` became required, but earlier events may lack it. Keep its default."


def _fields(old: Schema, new: Schema, where: str) -> Iterator[str]:
    if "properties" in old and "properties" in new:
        yield from _objects(old, new, f"{where}.")
    elif _is_list_of_objects(old) and _is_list_of_objects(new):
        yield from _objects(old["items"], new["items"], f"{where}[].")
    elif _essence(old) != _essence(new):
        yield (
            f"`{where}` changed from {_essence(old)} to {_essence(new)}. Keep it as it was and add a "
            "new field with a default, or a new version of the event beside this one."
        )


def _is_list_of_objects(schema: Schema) -> bool:
    return "properties" in schema.get("items", {})


def _essence(schema: Any) -> Any:
    """A schema without the words, and without a default, which a reader of the data never sees."""
    if isinstance(schema, dict):
        kept = {
            name: value
            for name, value in schema.items()
            if name not in DESCRIPTIVE and name != "default"
        }
        return {name: _essence(value) for name, value in kept.items()}
    if isinstance(schema, list):
        return [_essence(each) for each in schema]
    return schema


def _inlined(schema: Any, root: Schema) -> Any:
    """The schema with each reference replaced by what it names, so that renaming a class is no change."""
    if isinstance(schema, list):
        return [_inlined(each, root) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        named = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        return {**_inlined(named, root), **{k: v for k, v in schema.items() if k != "$ref"}}
    return {name: _inlined(value, root) for name, value in schema.items() if name != "$defs"}
