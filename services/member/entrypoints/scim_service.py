"""The SCIM protocol as it is spoken here: `scim2-server` with bounds, and with PATCH answering the resource."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError
from scim2_models import (
    Context,
    EnterpriseUser,
    External,
    InvalidFilterException,
    InvalidPathException,
    InvalidValueException,
    PatchOp,
    Reference,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
)
from scim2_server.conditions import Conditions
from scim2_server.responses import ScimResponse
from scim2_server.service import ScimService, scim_exception_of

from services.member.entrypoints.scim_models import PROVIDER, Group, User

MAX_FILTER = 2_000
MAX_START = 1_000_000
MAX_OPERATIONS = 1_000


class MemberScimService(ScimService):
    """Stateless; one for all tenants."""

    def read_body(
        self,
        model: type[Any],
        body: bytes,
        content_type: str | None,
        scim_ctx: Context,
    ) -> Any:
        """Read a user without `active` as one who is there."""
        if not issubclass(model, User):
            return super().read_body(model, body, content_type, scim_ctx)
        document = self.decode_body(body, content_type)
        if isinstance(document, dict) and not any(key.lower() == "active" for key in document):
            document["active"] = True
        try:
            return model.model_validate(document, scim_ctx=scim_ctx)
        except ValidationError as error:
            raise scim_exception_of(error) from error

    def read_search(
        self, resource_types: list[ResourceType], payload: Any
    ) -> tuple[SearchRequest[Any], Any]:
        """Refuse what would cost too much before it is parsed."""
        fields = payload.items() if isinstance(payload, dict) else ()
        for name, value in fields:
            if str(name).lower() == "filter" and len(str(value)) > MAX_FILTER:
                raise InvalidFilterException(
                    detail=f"A filter may have {MAX_FILTER:,} characters. Ask for less at a time."
                )
        request, position = super().read_search(resource_types, payload)
        if (request.start_index or 0) > MAX_START:
            raise InvalidValueException(
                detail=f"startIndex may be {MAX_START:,} at most. Narrow the search with a filter."
            )
        return request, position

    def read_patch(
        self, resource_type: ResourceType, body: bytes, content_type: str | None
    ) -> "PatchOp[Any]":
        """Refuse what would cost too much before its paths are parsed."""
        document = self.decode_body(body, content_type)
        fields = document.items() if isinstance(document, dict) else ()
        operations = [each for name, each in fields if str(name).lower() == "operations"]
        for each in operations:
            _require_bounded(each if isinstance(each, list) else ())
        return super().read_patch(resource_type, body, content_type)

    def apply_replacement(
        self, current: Resource[Any], replacement: Resource[Any], conditions: Conditions
    ) -> Resource[Any] | None:
        """A directory that does not manage roles must not take them away."""
        if isinstance(current, User) and isinstance(replacement, User) and not replacement.roles:
            replacement.roles = current.roles
        return super().apply_replacement(current, replacement, conditions)

    def publish(self, base_url: str, resource: Resource[Any]) -> Resource[Any]:
        """Fill in addresses, without the library's copy: the storage makes each resource anew."""
        assert resource.meta, "the storage fills it"
        kind = self.get_resource_type_of(resource)
        resource.meta.location = Reference[External](
            self.resource_location(base_url, kind, str(resource.id))
        )
        for entry in _referring(resource):
            if entry.ref:
                entry.ref = self.reference_location(base_url, entry.ref)
        return resource

    def patch_response(
        self,
        base_url: str,
        resource: Resource[Any],
        response_parameters: ResponseParameters[Any],
    ) -> ScimResponse:
        """The resource as it is now: some clients expect it."""
        return self.resource_response(
            self.publish(base_url, resource),
            Context.RESOURCE_PATCH_RESPONSE,
            response_parameters,
            HTTPStatus.OK,
        )


def _require_bounded(operations: Sequence[Any]) -> None:
    if len(operations) > MAX_OPERATIONS:
        raise InvalidValueException(
            detail=f"A PATCH may have {MAX_OPERATIONS:,} operations. Send less at a time."
        )
    for operation in operations:
        fields = operation.items() if isinstance(operation, dict) else ()
        if any(
            str(name).lower() == "path" and len(str(value)) > MAX_FILTER for name, value in fields
        ):
            raise InvalidPathException(detail=f"A path may have {MAX_FILTER:,} characters.")


def _referring(resource: Resource[Any]) -> Iterable[Any]:
    """What has an address of another resource."""
    if isinstance(resource, Group):
        return resource.members or ()
    extension = resource[EnterpriseUser]
    manager = (extension.manager,) if extension and extension.manager else ()
    return (*(getattr(resource, "groups", None) or ()), *manager)


SERVICE = MemberScimService(PROVIDER)
