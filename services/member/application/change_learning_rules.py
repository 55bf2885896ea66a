"""A tenant enters what it agreed about learning data."""

from datetime import datetime

from services.member.application.learning_ports import LearningUnit
from services.member.application.register_people import require_active
from services.member.domain.learning_rules import LearningRules


async def change_learning_rules(
    work: LearningUnit, rules: LearningRules, now: datetime
) -> LearningRules:
    """Keep the rules. Raises TenantNotActiveError."""
    await require_active(work, rules.tenant_id)
    await work.learning_rules.save(rules, now)
    return rules
