"""What the victim has: one of everything that an address names. A new parameter of a path is added here."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from shared.clock import utc_now
from tests.isolation.world import (
    CANARY,
    OPERATOR,
    Tenant,
    World,
    bearer,
    compare_ledger,
    make_proofs,
    run_errands,
    settle_clients,
    settle_tomorrow,
)


async def furnish(world: World) -> None:
    """Give the victim one of everything, over its own addresses, and note the ids by their parameters' names."""
    world.ids["tenant_id"] = str(world.victim.tenant_id)
    for tenant in (world.victim, world.stranger):
        await _leader(world, tenant)
    await _people(world)
    await _learning(world)
    await _competences(world)
    await _agreement(world)
    await _appearance(world)
    await _given(world)
    await _statement(world)
    await _rights(world)
    await _subscription(world)
    world.scim_secret = await _identity_system(world)


async def _leader(world: World, tenant: Tenant) -> None:
    """Behind the account of a tenant is a leader, who may assess: the stranger lacks nothing but the people."""
    name = CANARY if tenant is world.victim else "Fremd"
    body = {
        "external_id": f"{name}-0",
        "given_name": name,
        "family_name": name,
        "email": f"admin-of-{tenant.name}@example.org",
        "roles": ["learner", "leader"],
    }
    made = await world.act(tenant, "member", "POST", "/v1/people", body)
    await world.act(tenant, "member", "GET", "/v1/me")
    yesterday = utc_now().date() - timedelta(days=1)
    rules = {"leader_agreement": name, "leader_agreed_on": yesterday.isoformat()}
    await world.act(tenant, "member", "PUT", "/v1/learning-rules", rules)
    unit = {"name": name, "leaders": [made["person_id"]]}
    if tenant is world.victim:
        world.ids["leader_id"] = made["person_id"]
    else:
        await world.act(tenant, "member", "POST", "/v1/org-units", unit)


async def _people(world: World) -> None:
    """Somebody with a job, in a unit that is led."""
    ids = world.ids
    family = await world.make("member", "/v1/job-families", {"key": CANARY, "name": CANARY})
    ids["job_family_id"] = family["job_family_id"]
    body = {
        "external_id": f"{CANARY}-1",
        "given_name": CANARY,
        "family_name": CANARY,
        "email": f"{CANARY.lower()}@example.org",
        "roles": ["learner", "hr"],
    }
    ids["person_id"] = (await world.make("member", "/v1/people", body))["person_id"]
    job = {"job_family_id": ids["job_family_id"]}
    await world.act(world.victim, "member", "PATCH", f"/v1/people/{ids['person_id']}", job)
    unit = {"name": CANARY, "members": [ids["person_id"]], "leaders": [ids["leader_id"]]}
    ids["unit_id"] = (await world.make("member", "/v1/org-units", unit))["unit_id"]


async def _learning(world: World) -> None:
    """An offer booked with a voucher, completed and certified; and nothing of it shared."""
    ids = world.ids
    field = {"name": CANARY, "kind": "digital", "competences": [{"name": CANARY}]}
    model = {"name": CANARY, "visibility": "own", "fields": [field]}
    made = await world.make("catalogue", "/v1/competence-models", model)
    ids["model_id"] = made["model_id"]
    ids["competence_id"] = made["fields"][0]["competences"][0]["competence_id"]
    ids["offer_id"] = (await world.make("catalogue", "/v1/offers", _offer()))["offer_id"]
    programme = await world.make("voucher", "/v1/programmes", _programme())
    ids["programme_id"] = programme["programme_id"]
    claim = {name: ids[name] for name in ("offer_id", "person_id", "programme_id")}
    booking = await world.make("catalogue", "/v1/bookings", {**claim, "payment": "voucher"})
    ids["booking_id"] = booking["booking_id"]
    completed = {"booking_ids": [ids["booking_id"]]}
    await world.make("catalogue", f"/v1/offers/{ids['offer_id']}/completions", completed)
    [voucher] = await world.read("voucher", "/v1/vouchers")
    ids["voucher_id"] = voucher["voucher_id"]
    [credential] = await world.read("certificate", "/v1/credentials")
    ids["credential_id"] = credential["credential_id"]
    ids["list_id"] = "1"
    path = f"/v1/programmes/{ids['programme_id']}/proofs"
    ids["proof_id"] = (await world.make("voucher", path, {"kind": "interim"}))["proof_id"]
    await make_proofs(world)
    await compare_ledger(world, ids["programme_id"])


async def _given(world: World) -> None:
    """A part of the programme, a request for it, and a sheet of codes."""
    ids = world.ids
    part = {"beneficiary_id": str(world.victim.tenant_id), "units": 1}
    path = f"/v1/programmes/{ids['programme_id']}/allocations"
    ids["allocation_id"] = (await world.make("voucher", path, part))["allocation_id"]
    wish = {"programme_id": ids["programme_id"], "person_id": ids["leader_id"], "purpose": CANARY}
    request = await world.make("voucher", "/v1/voucher-requests", wish)
    ids["request_id"] = request["request_id"]
    expires_at = (utc_now() + timedelta(days=1)).isoformat()
    sheet = {"programme_id": ids["programme_id"], "title": CANARY, "codes": 1}
    printed = await world.make("voucher", "/v1/code-sheets", {**sheet, "expires_at": expires_at})
    ids["sheet_id"] = printed["sheet"]["sheet_id"]


async def _statement(world: World) -> None:
    """The victim funds a programme: tomorrow it owes for what was used today."""
    ids, victim = world.ids, world.victim
    words = dict.fromkeys(("name", "street", "city", "contact"), CANARY)
    email = f"{CANARY.lower()}@example.org"
    details = {**words, "postcode": "67059", "phone": "+49 621 5550", "email": email}
    await world.act(victim, "voucher", "PUT", "/v1/billing-details", details)
    path = f"/v1/programmes/{ids['programme_id']}/billing"
    payer = {"leitweg_id": "04011000-1234512345-06"}
    await world.act(victim, "voucher", "PUT", path, payer)
    yesterday = (utc_now() - timedelta(days=1)).isoformat()
    price = {"title": CANARY, "cents": 15_000, "vat_percent": 19, "valid_from": yesterday}
    path = f"/v1/operations/programmes/{ids['programme_id']}/prices"
    agreed = await world.call("voucher", "POST", path, OPERATOR, price)
    assert agreed.is_success, agreed.text
    ids["statement_id"] = await settle_tomorrow(world)


async def _rights(world: World) -> None:
    """A machine client, and an operator who came in and is gone."""
    expires_at = (utc_now() + timedelta(days=30)).isoformat()
    wish = {"name": CANARY, "roles": ["reporting"], "expires_at": expires_at}
    client = await world.make("member", "/v1/machine-clients", wish)
    world.ids["client_id"] = client["client_id"]
    await settle_clients(world, client["client_id"])
    world.ids["access_id"] = await let_in(world, world.victim, operator="once-here")
    await world.make("member", f"/v1/operator-access/{world.ids['access_id']}/end")


async def _competences(world: World) -> None:
    """What a job wants, what was said of a person, and what people must have passed."""
    ids = world.ids
    level = {"competence_id": ids["competence_id"], "level": 3}
    path = f"/v1/job-families/{ids['job_family_id']}/target-profile"
    await world.act(world.victim, "member", "PUT", path, {"levels": [level]})
    await world.make("member", f"/v1/people/{ids['person_id']}/assessments", {"levels": [level]})
    measurement = {
        "person_id": ids["person_id"],
        "instrument": CANARY,
        "instrument_version": "1",
        "measured_at": (utc_now() - timedelta(hours=1)).isoformat(),
        "levels": [{**level, "sem_levels": 0.5}],
    }
    await world.make("member", "/v1/measurements", measurement)
    duty = {"name": CANARY, "offer_id": ids["offer_id"]}
    training = await world.make("member", "/v1/mandatory-trainings", duty)
    ids["training_id"] = training["training_id"]


async def _agreement(world: World) -> None:
    """One that runs: the victim shares its offer with the ally."""
    ids = world.ids
    terms = agreement((world.victim, world.ally), (world.victim, ids["offer_id"]), CANARY)
    ids["agreement_id"] = (await world.make("member", "/v1/agreements", terms))["agreement_id"]
    path = f"/v1/agreements/{ids['agreement_id']}/signature"
    signed = await world.act(world.ally, "member", "POST", path, {"revision": 1})
    assert signed["status"] == "running", signed


async def _appearance(world: World) -> None:
    """A brand, and a domain that is proved."""
    colours = {"primary_colour": "#000000", "text_colour": "#ffffff"}
    brand = {"display_name": CANARY, **colours}
    await world.act(world.victim, "member", "PUT", "/v1/tenant/brand", brand)
    domain = f"{CANARY.lower()}.example.org"
    claimed = await world.make("member", "/v1/tenant/domains", {"domain": domain})
    world.name_servers.published[claimed["record_name"]] = [claimed["record_value"]]
    proved = await world.make("member", f"/v1/tenant/domains/{domain}/verification")
    assert proved["verified_at"], proved
    world.ids["domain"] = domain


async def _subscription(world: World) -> None:
    """One that hears everything; what happened before is in the log, and its endpoint has been sent something."""
    wish = {"name": CANARY, "way": "webhook", "types": ["*"], "start": "oldest"}
    subscription = await world.make("feed", "/v1/subscriptions", wish)
    path = f"/v1/subscriptions/{subscription['subscription_id']}"
    url = {"url": f"https://93.184.216.34/{CANARY}"}
    await world.act(world.victim, "feed", "PUT", f"{path}/endpoint", url)
    await run_errands(world)
    [delivery] = await world.read("feed", f"{path}/deliveries")
    world.ids["subscription_id"] = subscription["subscription_id"]
    world.ids["event_id"] = delivery["event_id"]
    kafka = await world.make("feed", "/v1/subscriptions", {**wish, "way": "kafka"})
    world.ids["kafka_subscription_id"] = kafka["subscription_id"]


async def _identity_system(world: World) -> str:
    """A token for SCIM; its secret."""
    token = await world.make("member", "/v1/scim-tokens")
    world.ids["token_id"] = token["token_id"]
    return str(token["secret"])


async def let_in(world: World, tenant: Tenant, *, operator: str) -> str:
    """An operator comes into a tenant, and may change something there; every service hears of it."""
    name = CANARY if tenant is world.victim else tenant.name
    body = {"reason": f"Ticket of {name}", "may_change": True}
    path = f"/v1/tenants/{tenant.tenant_id}/access"
    answer = await world.call("member", "POST", path, bearer(operator, "operator"), body)
    assert answer.is_success, answer.text
    await world.bus.deliver()
    return str(answer.json()["access_id"])


def agreement(parties: Sequence[Tenant], offer: tuple[Tenant, str], purpose: str) -> dict[str, Any]:
    """The text of an agreement that shares an offer of a tenant's; the first party is the host."""
    provider, offer_id = offer
    named = [
        {"tenant_id": str(each.tenant_id), "name": each.name, "part": "party"} for each in parties
    ]
    named[0]["part"] = "host"
    return {
        "purpose": purpose,
        "parties": named,
        "offers": [{"provider_id": str(provider.tenant_id), "offer_id": offer_id}],
        "adds_later": True,
        "starts_at": (utc_now() - timedelta(minutes=1)).isoformat(),
    }


def _offer() -> dict[str, Any]:
    return {
        "kind": "certificate_module",
        "title": CANARY,
        "criteria": CANARY,
        "duration_minutes": 540,
        "visibility": "own",
    }


def _programme() -> dict[str, Any]:
    now = utc_now()
    return {
        "name": "Bildungsgutscheine",  # which is public
        "reference": CANARY,
        "vouchers": 10,
        "eligibility": {"states": ["DE-RP"], "tenant_kinds": ["municipality"]},
        "opens_at": (now - timedelta(minutes=1)).isoformat(),
        "closes_at": (now + timedelta(days=30)).isoformat(),
    }
