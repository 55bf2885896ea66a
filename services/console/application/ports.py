"""What the console's use cases need of the world."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from services.console.domain.errors import ServiceTroubleError
from services.console.domain.kept_form import KeptForm
from services.console.domain.session import Session, Tokens
from services.console.domain.status import Status, Waiting

T = TypeVar("T")

#: Makes of a service's JSON what the console knows. What it cannot read (KeyError, TypeError, ValueError …)
#: is an answer of another version.
Read = Callable[[Any], T]


class Services(Protocol):
    """The services' own addresses, asked with somebody's token.

    Each raises ServiceSilentError, ServiceRefusedError or ServiceStrangeError; all are ServiceTroubleErrors.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """Every service, in the order in which people meet them."""

    async def get(
        self, service: str, path: str, token: str, read: Read[T] | None = None, **query: Any
    ) -> Any:
        """An answer's JSON; or what `read` makes of it. Query parameters that are None are left out."""

    async def everywhere(
        self, path: str, token: str, read: Read[T] | None = None, **query: Any
    ) -> Mapping[str, Any | ServiceTroubleError]:
        """The same of every service at once; the trouble in place of the answer of one that has it."""

    async def act(
        self,
        method: str,
        service: str,
        path: str,
        token: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        read: Read[T] | None = None,
    ) -> Any:
        """Have a service change something: POST, PUT, PATCH or DELETE. None where the answer is empty."""

    def stream(
        self, service: str, path: str, token: str, **query: Any
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """A long answer as it comes, such as an export."""


class People(Protocol):
    """Names of operators by their subject, by which services know them."""

    async def note(self, subject: str, name: str) -> None:
        """Remember somebody's name."""

    async def names(self, subjects: Iterable[str | None]) -> Mapping[str, str]:
        """The names that are known; others are left out."""


class Machine(Protocol):
    """The console's own account, which sees how the services are, and nothing of tenants."""

    async def token(self) -> str:
        """Its access token. Raises IssuerSilentError."""


class Statuses(Protocol):
    """How services say they are, asked with the console's own account.

    Each raises a ServiceTroubleError, IssuerSilentError or LoginRefusedError.
    """

    async def status(self, service: str) -> Status:
        """What a service says of itself."""

    async def waiting(self, service: str) -> Sequence[Waiting]:
        """What waits for a service at the broker."""


class IdentityProvider(Protocol):
    """Where operators log in (OpenID Connect with PKCE)."""

    async def login_address(self, state: str, nonce: str, verifier: str) -> str:
        """Where a browser is sent to log in. Raises IssuerSilentError."""

    async def redeem(self, code: str, nonce: str, verifier: str) -> tuple[str, str, Tokens]:
        """Subject, name and tokens of who came back. Raises LoginRefusedError or IssuerSilentError."""

    async def renew(self, tokens: Tokens) -> Tokens:
        """New tokens. Raises LoginRefusedError when the login is over there, or IssuerSilentError."""

    async def roles(self, tokens: Tokens) -> frozenset[str]:
        """The roles that an access token names, verified. Raises LoginRefusedError or IssuerSilentError."""

    async def logout_address(self, tokens: Tokens) -> str:
        """Where a browser is sent to log out there too. Raises IssuerSilentError."""


class Sessions(Protocol):
    """Logins, and what outlasts a request. Nothing in it can be read without the session key."""

    async def keep(self, session_id: str, session: Session) -> None:
        """Write a new session down."""

    async def update(self, session_id: str, session: Session) -> None:
        """Write a session down again, unless it was ended meanwhile."""

    async def find(self, session_id: str) -> Session | None:
        """A session, also for a while after it is over."""

    async def end(self, session_id: str) -> None:
        """Forget a session."""

    async def first_use(self, token_name: str) -> bool:
        """Whether a form's token is used for the first time; it never is again."""

    async def keep_form(self, form: KeptForm) -> str:
        """Keep what was typed in for 15 minutes. Returns the key to it."""

    async def find_form(self, key: str) -> KeptForm | None:
        """What was kept, if it still is."""

    async def drop_form(self, key: str) -> None:
        """It was shown."""
