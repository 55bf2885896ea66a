"""The address for who calls."""

from fastapi import APIRouter

from services.member.application.whoami import Account, whoami
from services.member.entrypoints.bodies import PersonView
from services.member.entrypoints.dependencies import Oneself, Units
from services.member.entrypoints.machine_client_bodies import MeView
from shared.clock import utc_now

router = APIRouter(prefix="/v1", tags=["access"])


@router.get("/me")
async def get_me(caller: Oneself, opened: Units) -> MeView:
    """Who you are here. The first call links your account to the person with your verified address."""
    account = Account(caller.tenant_id, caller.subject, caller.email)
    async with opened([caller.tenant_id]) as work:
        person = await whoami(work, account, utc_now())
        return MeView(
            subject=caller.subject,
            tenant_id=caller.tenant_id,
            roles=tuple(sorted(caller.roles)),
            person=PersonView.of(person) if person else None,
        )
