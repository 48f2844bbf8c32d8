"""What an account, or a key of it, may do with collections."""

from functools import cached_property

from rag.library.rights import Level, NoRights, Rights
from rag.server.accounts import EVERY_COLLECTION, Account, Accounts, Scope

_MOST: dict[Scope, Level] = {"read": Level.READ, "write": Level.WRITE, "admin": Level.OWN}


class Nobody(NoRights):
    """Whatever is done without an account: nothing, but that a renaming which was interrupted takes grants along."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def renamed(self, old: str, new: str) -> None:
        """What was granted goes along."""
        self._accounts.renamed(old, new)


class AccountRights:
    """The rights of an account for one request, no greater than `scope` allows; its grants are looked up once."""

    def __init__(self, accounts: Accounts, account: Account, scope: Scope = "admin") -> None:
        self.account = account
        self.scope = scope
        self._accounts = accounts

    @property
    def owner(self) -> str:
        """By the account's number, which no other gets."""
        return str(self.account.id)

    def now(self) -> Rights:
        """With what is granted now; none where the account is gone."""
        account = self._accounts.numbered(self.account.id)
        return AccountRights(self._accounts, account, self.scope) if account else NoRights()

    def level(self, collection: str) -> Level:
        """What may be done with a collection."""
        if self.account.is_admin:
            return _MOST[self.scope]
        granted = max(self._grants.get(collection, Level.NONE), self._grants.get(EVERY_COLLECTION, Level.NONE))
        return min(granted, _MOST[self.scope])

    def owns(self, collection: str) -> bool:
        """What was made with it, or granted so by name."""
        return self._grants.get(collection) == Level.OWN

    def may_create(self) -> bool:
        """Everybody who may own something may make a collection, which is theirs."""
        return self.scope == "admin"

    def created(self, collection: str) -> None:
        """Whoever makes a collection owns it."""
        self._accounts.deleted(collection)
        self._accounts.grant(self.account.name, collection, Level.OWN)
        self._look_again()

    def renamed(self, old: str, new: str) -> None:
        """What was granted goes along."""
        self._accounts.renamed(old, new)
        self._look_again()

    def deleted(self, collection: str) -> None:
        """What was granted is taken back."""
        self._accounts.deleted(collection)
        self._look_again()

    @cached_property
    def _grants(self) -> dict[str, Level]:
        return self._accounts.grants(self.account.id)

    def _look_again(self) -> None:
        self.__dict__.pop("_grants", None)
