"""Who leaves the cooperative leaves its cooperation agreements on the same day."""

from datetime import datetime
from uuid import uuid4

from services.member.application.agreement_ports import AgreementUnit
from services.member.domain.agreement import Act, Declaration
from services.member.domain.tenant import Tenant


async def leave_agreements(work: AgreementUnit, tenant: Tenant, now: datetime) -> None:
    """Note under each agreement of a tenant whose membership ends that it leaves.

    As with every word of a party, the conclusion is drawn in a transaction of the proposer's tenant:
    the clock finds a declaration that nobody has heard within a second.
    """
    assert tenant.notice, "who leaves has given or got notice"
    for agreement in await work.agreements.of_party(tenant.tenant_id):
        word = Declaration(
            tenant_id=tenant.tenant_id,
            declaration_id=uuid4(),
            agreement_id=agreement.agreement_id,
            act=Act.LEAVES,
            revision=0,
            subject=tenant.notice.by,
            at=now,
        )
        await work.agreements.declare(agreement, word)
