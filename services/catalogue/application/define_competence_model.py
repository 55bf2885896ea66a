"""A tenant says what its people should be able to do."""

from services.catalogue.application import outgoing
from services.catalogue.application.ports import UnitOfWork
from services.catalogue.domain.competence_model import CompetenceModel
from services.catalogue.domain.errors import TenantNotKnownError
from shared.envelope import Cause


async def define_competence_model(
    work: UnitOfWork, model: CompetenceModel, cause: Cause
) -> CompetenceModel:
    """Keep a model and announce its competences. Raises TenantNotKnownError."""
    if not await work.tenants.get_many([model.tenant_id]):
        raise TenantNotKnownError
    await work.competence_models.add(model)
    work.publish(outgoing.competence_model_published(model, cause))
    return model
