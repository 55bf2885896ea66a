"""One transaction of the member service."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters.access_queries import AccessQueries
from services.member.adapters.access_repository import AuditRepository, OperatorAccessRepository
from services.member.adapters.account_repository import AccountCheckRepository
from services.member.adapters.agreement_queries import PostgresAgreementQueries
from services.member.adapters.agreement_repository import AgreementRepository
from services.member.adapters.area_repository import (
    AreaRepository,
    MunicipalityRepository,
    ReviewRepository,
)
from services.member.adapters.assessment_repository import AssessmentRepository
from services.member.adapters.brand_repository import BrandRepository
from services.member.adapters.domain_repository import DomainRepository
from services.member.adapters.identity_link_repository import IdentityLinkRepository
from services.member.adapters.key_repository import OfficialKeyRepository
from services.member.adapters.learning_queries import PostgresLearningQueries
from services.member.adapters.learning_repositories import (
    CompetenceRepository,
    MandatoryTrainingRepository,
    ReadingLogRepository,
    RulesRepository,
    TargetProfileRepository,
)
from services.member.adapters.machine_client_repository import MachineClientRepository
from services.member.adapters.membership_repository import MembershipRepository
from services.member.adapters.onboarding_queries import OnboardingQueries
from services.member.adapters.org_queries import OrgQueries
from services.member.adapters.org_repository import JobFamilyRepository, OrgUnitRepository
from services.member.adapters.person_repository import PersonRepository
from services.member.adapters.process_repository import ProcessRepository
from services.member.adapters.queries import PostgresQueries
from services.member.adapters.quota_repository import QuotaRepository
from services.member.adapters.register_queries import RegisterQueries
from services.member.adapters.repositories import RecordRepository, TenantRepository
from services.member.adapters.scim_queries import ScimQueries
from services.member.adapters.scim_token_repository import ScimTokenRepository
from services.member.adapters.staff import PostgresStaff
from services.member.adapters.tenant_data import PostgresTenantData
from shared.database.unit_of_work import SqlUnitOfWork


class PostgresUnitOfWork(SqlUnitOfWork):
    """The repositories on one connection, with inbox and outbox."""

    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection)
        self.tenants = TenantRepository(connection)
        self.processes = ProcessRepository(connection)
        self.quotas = QuotaRepository(connection)
        self.brands = BrandRepository(connection)
        self.domains = DomainRepository(connection)
        self.links = IdentityLinkRepository(connection)
        self.people = PersonRepository(connection)
        self.org_units = OrgUnitRepository(connection)
        self.job_families = JobFamilyRepository(connection)
        self.scim_tokens = ScimTokenRepository(connection)
        self.records = RecordRepository(connection)
        self.agreements = AgreementRepository(connection)
        self.areas = AreaRepository(connection)
        self.account_checks = AccountCheckRepository(connection)
        self.machine_clients = MachineClientRepository(connection)
        self.operator_accesses = OperatorAccessRepository(connection)
        self.audit = AuditRepository(connection)
        self.memberships = MembershipRepository(connection)
        self.official_keys = OfficialKeyRepository(connection)
        self.municipalities = MunicipalityRepository(connection)
        self.reviews = ReviewRepository(connection)
        self.tenant_data = PostgresTenantData(connection)
        self.register = RegisterQueries(connection)
        self.queries = PostgresQueries(connection)
        self.access_queries = AccessQueries(connection)
        self.onboarding_queries = OnboardingQueries(connection)
        self.org_queries = OrgQueries(connection)
        self.scim_queries = ScimQueries(connection)
        self.agreement_queries = PostgresAgreementQueries(connection)
        self.competences = CompetenceRepository(connection)
        self.assessments = AssessmentRepository(connection)
        self.target_profiles = TargetProfileRepository(connection)
        self.trainings = MandatoryTrainingRepository(connection)
        self.learning_rules = RulesRepository(connection)
        self.reading_log = ReadingLogRepository(connection)
        self.staff = PostgresStaff(connection)
        self.learning_queries = PostgresLearningQueries(connection)
