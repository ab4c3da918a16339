"""What a person did wrong, in one sentence with its remedy.

    ConceptwireError              the CLI prints it and exits with `exit_code`
     ├─ ConfigError          2    a file or variable of the user's that cannot be used
     ├─ UsageError           2    an argument that names nothing, or cannot be read
     ├─ StoreError           2    a database that is not ours, newer than the code, or on a host we cannot use
     └─ Locked               75   another run holds the database (raised only with --fail-if-locked)

What the *world* does wrong is no exception: it is a `Failed` (models.page) or an `Outcome` (models.outcome).
"""


class ConceptwireError(Exception):
    """One sentence for a person: where, what is wrong, what to do."""

    exit_code = 2

    def __init__(self, where: str, wrong: str, remedy: str) -> None:
        super().__init__(f"{where}: {wrong}\n  Try: {remedy}")
        self.where, self.wrong, self.remedy = where, wrong, remedy


class ConfigError(ConceptwireError):
    """A file or environment variable that cannot be used."""


class UsageError(ConceptwireError):
    """An argument that names nothing, or cannot be read."""


class StoreError(ConceptwireError):
    """A database that cannot be used."""


class Locked(ConceptwireError):
    """Another process is writing to this database."""

    exit_code = 75
