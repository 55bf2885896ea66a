"""SCIM filters and sort orders as SQL, on indexes where there are some.

Every comparison is true or false, never unknown, so that `not` may stand before it; and it says `IS NOT NULL`
beside `=` instead of `coalesce`, which no index would answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scim2_models import InvalidFilterException, InvalidPathException, ScimFilter, SearchRequest
from scim2_models.path import (
    AttributeBinding,
    AttrPath,
    CompareOperator,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
    coerce_value,
)
from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    collate,
    exists,
    false,
    not_,
    null,
    or_,
    select,
    true,
)

from services.member.domain.account import user_key

_SUBSTRING = {
    CompareOperator.co: "contains",
    CompareOperator.sw: "startswith",
    CompareOperator.ew: "endswith",
}
_ORDERING: Mapping[CompareOperator, Callable[[Any, Any], Any]] = {
    CompareOperator.gt: lambda left, right: left > right,
    CompareOperator.ge: lambda left, right: left >= right,
    CompareOperator.lt: lambda left, right: left < right,
    CompareOperator.le: lambda left, right: left <= right,
}

#: Lower case by Unicode and order by code point, whatever the database's locale.
PLAIN = "pg_c_utf8"

#: "userName", "name.givenName", "urn:…:department", in lower case.
Name = str


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value a resource. A text that is not `is_exact` is compared in lower case; empty means none."""

    value: ColumnElement[Any]
    type: type
    is_exact: bool = False

    @property
    def ordered(self) -> ColumnElement[Any]:
        """The value to order by; comparing for equality needs no collation, and an index has its own."""
        return collate(self.value, PLAIN) if self.type is str else self.value

    def compared(self, op: CompareOperator, operand: Any) -> ColumnElement[bool]:
        """The comparison, true or false for every row."""
        column = self.value
        if operand is None:
            return _compared_with_none(column, op)
        if not isinstance(operand, self.type) or _is_unstorable(operand):
            return true() if op == CompareOperator.ne else false()
        if isinstance(operand, str) and not self.is_exact:
            operand = user_key(operand)
        if op == CompareOperator.eq:
            return and_(column == operand, column.is_not(None))
        if op == CompareOperator.ne:
            return column.is_distinct_from(operand)
        return and_(self._related(op, operand), column.is_not(None))

    def _related(self, op: CompareOperator, operand: Any) -> ColumnElement[bool]:
        if op in _SUBSTRING:
            if self.type is not str:
                return false()
            found: ColumnElement[bool] = getattr(self.value, _SUBSTRING[op])(
                operand, autoescape=True
            )
            return found
        related: ColumnElement[bool] = _ORDERING[op](self.ordered, operand)
        return related


@dataclass(frozen=True, slots=True)
class Several:
    """Many values a resource, each a row of `rows`, which `belongs` ties to the resource."""

    rows: FromClause
    belongs: ColumnElement[bool]
    parts: Mapping[Name, Scalar]
    first: Mapping[Name, ColumnElement[Any]]

    def any(self, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        """Whether one of the values is so."""
        return exists(select(1).select_from(self.rows).where(self.belongs, condition))


Attribute = Scalar | Several
Attributes = Mapping[Name, Attribute]


def condition(scim_filter: ScimFilter[Any], attributes: Attributes) -> ColumnElement[bool]:
    """A filter bound to one resource type as SQL. Raises InvalidFilterException for what is not searched."""
    return _ToSql(scim_filter, attributes).visit(scim_filter.ast)


def order(
    request: SearchRequest[Any], model: type[Any], attributes: Attributes
) -> ColumnElement[Any] | None:
    """What to sort by, if anything. Raises InvalidPathException for what is not sorted by."""
    binding = request.sort_binding(model)
    if binding is None:
        return None
    attribute, part = _attribute(binding, attributes)
    value: ColumnElement[Any] | None = None
    if isinstance(attribute, Scalar):
        value = attribute.ordered
    elif attribute:
        value = attribute.first.get(part)
    if value is None:
        raise InvalidPathException(
            detail="Results cannot be sorted by this attribute. Choose another sortBy."
        )
    if request.sort_order == SearchRequest.SortOrder.descending:
        return value.desc().nulls_first()
    return value.asc().nulls_last()


class _ToSql(FilterVisitor[ColumnElement[bool]]):
    def __init__(self, scim_filter: ScimFilter[Any], attributes: Attributes) -> None:
        self._filter = scim_filter
        self._attributes = attributes

    def visit_comparison(self, node: Comparison) -> ColumnElement[bool]:
        binding = self._filter.resolve_comparison(node.attr_path, strict=False)
        if binding is None:
            return false()
        attribute, part = _searched(binding, self._attributes)
        operand = coerce_value(binding, node.value, node.op)
        if isinstance(attribute, Scalar):
            return attribute.compared(node.op, operand)
        scalar = attribute.parts.get(part)
        if scalar is None:
            raise _not_searched()
        if node.op == CompareOperator.ne:
            # No value equals it.
            return not_(attribute.any(not_(scalar.compared(node.op, operand))))
        return attribute.any(scalar.compared(node.op, operand))

    def visit_present(self, node: Present) -> ColumnElement[bool]:
        binding = self._filter.resolve(node.attr_path, strict=False)
        if binding is None:
            return false()
        attribute, part = _searched(binding, self._attributes)
        if isinstance(attribute, Scalar):
            return _present(attribute)
        if not binding.sub_field_name:
            return attribute.any(true())
        scalar = attribute.parts.get(part)
        return attribute.any(_present(scalar)) if scalar else false()

    def visit_not(self, node: Not) -> ColumnElement[bool]:
        return not_(self.visit(node.expr))

    def visit_logical_expr(self, node: LogicalExpr) -> ColumnElement[bool]:
        join = and_ if node.op == LogicalOperator.and_ else or_
        return join(*(self.visit(term) for term in node.terms))

    def visit_value_path(self, node: ValuePath) -> ColumnElement[bool]:
        binding = self._filter.resolve(node.attr_path, strict=False)
        if binding is None:
            return false()
        attribute, _ = _searched(binding, self._attributes)
        if isinstance(attribute, Scalar):
            raise _not_searched()
        return attribute.any(_WithinValue(attribute).visit(node.val_filter))


class _WithinValue(FilterVisitor[ColumnElement[bool]]):
    """A filter in brackets: about one of the values."""

    def __init__(self, attribute: Several) -> None:
        self._attribute = attribute

    def visit_comparison(self, node: Comparison) -> ColumnElement[bool]:
        return self._part(node.attr_path).compared(node.op, node.value)

    def visit_present(self, node: Present) -> ColumnElement[bool]:
        return _present(self._part(node.attr_path))

    def visit_not(self, node: Not) -> ColumnElement[bool]:
        return not_(self.visit(node.expr))

    def visit_logical_expr(self, node: LogicalExpr) -> ColumnElement[bool]:
        join = and_ if node.op == LogicalOperator.and_ else or_
        return join(*(self.visit(term) for term in node.terms))

    def visit_value_path(self, node: ValuePath) -> ColumnElement[bool]:
        del node  # the grammar has no brackets within brackets
        raise _not_searched()

    def _part(self, path: AttrPath) -> Scalar:
        return self._attribute.parts.get(path.attr.lower()) or Scalar(null(), str)


def _searched(binding: AttributeBinding, attributes: Attributes) -> tuple[Attribute, Name]:
    attribute, part = _attribute(binding, attributes)
    if attribute is None:
        raise _not_searched()
    return attribute, part


def _attribute(binding: AttributeBinding, attributes: Attributes) -> tuple[Attribute | None, Name]:
    """The attribute as it is named in `attributes`, and of one with several values the part that is meant."""
    name = binding.urn.lower()
    for core in (
        "urn:ietf:params:scim:schemas:core:2.0:user:",
        "urn:ietf:params:scim:schemas:core:2.0:group:",
    ):
        name = name.removeprefix(core)
    found = attributes.get(name)
    if found is not None:
        return found, ""
    head, dot, part = name.rpartition(".")
    return (attributes.get(head), part) if dot else (None, "")


def _not_searched() -> InvalidFilterException:
    return InvalidFilterException(
        detail="People and groups cannot be searched by this attribute. Choose another."
    )


def _present(attribute: Scalar) -> ColumnElement[bool]:
    if attribute.type is str:
        return and_(attribute.value.is_not(None), attribute.value != "")
    return attribute.value.is_not(None)


def _compared_with_none(column: ColumnElement[Any], op: CompareOperator) -> ColumnElement[bool]:
    if op == CompareOperator.eq:
        return column.is_(None)
    return column.is_not(None) if op == CompareOperator.ne else false()


def _is_unstorable(operand: object) -> bool:
    """Whether no text of the database can equal it, and none may be sent to it."""
    if isinstance(operand, datetime):
        return operand.tzinfo is None
    return isinstance(operand, str) and (
        "\x00" in operand or any("\ud800" <= each <= "\udfff" for each in operand)
    )
