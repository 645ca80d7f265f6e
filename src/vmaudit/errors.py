"""What can go wrong because of the input, and with which exit code the command line then ends.

VmauditError
├── UsageError        2  a flag, rule or configuration is wrong
└── EvidenceError     3  no audit could be made
    ├── UnreadableFileError  a file that was to be imported can't be read as Azure resources
    └── SnapshotError        a snapshot is damaged, edited or of a newer schema

Each message is one sentence that names the file (and the line, where there is one), and `remedy` says what to do next.
"""

from typing import ClassVar


class VmauditError(Exception):
    """Bad input, said in one sentence; `remedy` is the next step and may be empty."""

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class UsageError(VmauditError):
    """A flag, a rule file or the configuration is wrong."""

    exit_code = 2


class EvidenceError(VmauditError):
    """There is no evidence that an audit could be made of."""


class UnreadableFileError(EvidenceError):
    """A file that was to be imported can't be read as Azure resources."""


class SnapshotError(EvidenceError):
    """A snapshot is damaged, edited, half-written or of a newer schema."""
