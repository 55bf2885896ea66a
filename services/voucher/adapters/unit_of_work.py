"""One transaction of the voucher service."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters.accounts import AccountRepository
from services.voucher.adapters.allocations import AllocationRepository
from services.voucher.adapters.billing import BillingRepository
from services.voucher.adapters.claim_counts import ClaimCountRepository
from services.voucher.adapters.codes import CodeSheetRepository
from services.voucher.adapters.evidence_repository import EvidenceRepository
from services.voucher.adapters.people import PersonRepository
from services.voucher.adapters.proof_repository import ProofRepository
from services.voucher.adapters.queries import PostgresQueries
from services.voucher.adapters.reconciliations import ReconciliationRepository
from services.voucher.adapters.reminders import ReminderRepository
from services.voucher.adapters.repositories import ProgrammeRepository
from services.voucher.adapters.requests import RequestRepository
from services.voucher.adapters.settlements import SettlementRepository
from services.voucher.adapters.statement_queries import StatementQueries
from services.voucher.adapters.tenant_repository import TenantRepository
from services.voucher.adapters.voucher_repository import VoucherRepository
from shared.database.unit_of_work import SqlUnitOfWork


class PostgresUnitOfWork(SqlUnitOfWork):
    """The repositories on one connection, with inbox and outbox."""

    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection)
        self.programmes = ProgrammeRepository(connection)
        self.vouchers = VoucherRepository(connection)
        self.tenants = TenantRepository(connection)
        self.reconciliations = ReconciliationRepository(connection)
        self.proofs = ProofRepository(connection)
        self.evidence = EvidenceRepository(connection)
        self.accounts = AccountRepository(connection)
        self.allocations = AllocationRepository(connection)
        self.requests = RequestRepository(connection)
        self.code_sheets = CodeSheetRepository(connection)
        self.reminders = ReminderRepository(connection)
        self.people = PersonRepository(connection)
        self.claims = ClaimCountRepository(connection)
        self.queries = PostgresQueries(connection)
        self.billing = BillingRepository(connection)
        self.settlements = SettlementRepository(connection)
        self.statements = StatementQueries(connection)
