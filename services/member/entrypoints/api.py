"""The HTTP contract of the member service."""

from services.member.entrypoints import applications, people

#: HTTP status of each code of the domain's errors; 409 for the rest.
STATUSES = {
    "invalid_email": 422,
    "official_key_malformed": 422,
    "official_key_missing": 422,
    "official_key_elsewhere": 422,
    "state_unknown": 422,
    "region_unknown": 422,
    "region_elsewhere": 422,
    "tenant_not_active": 403,
}

ROUTERS = (applications.router, people.router)
