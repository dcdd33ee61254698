"""Errors of setting up: a bad setting, a service that does not answer."""

from domain.errors import OrderwrightError, TemporaryError


class ConfigurationError(OrderwrightError):
    """A setting is missing or wrong; the text names it and what is wanted."""


class ServiceUnreachable(TemporaryError):
    """A service does not answer; the text names its address and how to mend it."""

    def __init__(self, service: str, address: str, remedy: str) -> None:
        """Say which service, where it was looked for, and what to do."""
        super().__init__(f"{service} at {address} does not answer. {remedy}")
        self.service = service
        self.address = address
        self.remedy = remedy
