"""The address where a tenant gets what its systems log in to the broker with."""

from secrets import token_urlsafe

from fastapi import APIRouter, Request

from services.member.adapters.kafka_access import group_prefix_of, user_of
from services.member.application.hand_out_kafka_credentials import hand_out_kafka_credentials
from services.member.application.outside import ConnectBroker
from services.member.entrypoints.dependencies import Units, outages_told
from shared.auth.dependencies import OwnAdmin
from shared.http.fields import View
from shared.messaging.connection import MECHANISM

PASSWORD_BYTES = 32

router = APIRouter(prefix="/v1", tags=["member"])


class KafkaCredentialsView(View):
    """All that a consumer needs. The password is shown here only, and kept nowhere."""

    bootstrap_servers: str
    sasl_mechanism: str
    username: str
    password: str
    topic: str
    group_prefix: str


@router.post("/kafka-credentials", status_code=201)
async def post_kafka_credentials(
    caller: OwnAdmin, opened: Units, request: Request
) -> KafkaCredentialsView:
    """A new password for your user on the broker; the one before ends. There is no key to repeat it by: ask again."""
    connect: ConnectBroker = request.app.state.connect_broker
    password, tenant_id = token_urlsafe(PASSWORD_BYTES), caller.tenant_id
    with outages_told():
        async with connect() as broker:
            await hand_out_kafka_credentials(opened, broker, tenant_id, password)
    return KafkaCredentialsView(
        bootstrap_servers=request.app.state.kafka_bootstrap_servers,
        sasl_mechanism=MECHANISM,
        username=user_of(tenant_id),
        password=password,
        topic=user_of(tenant_id),
        group_prefix=group_prefix_of(tenant_id),
    )
