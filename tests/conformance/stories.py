"""The stories of this folder as values. Each file is one; `docs/conformance.md` describes the format."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

Json: TypeAlias = dict[str, Any]

FOLDER: Final = Path(__file__).parent
FILES: Final = tuple(sorted(FOLDER.glob("*.yaml")))


@dataclass(frozen=True)
class Question:
    """Whether somebody at an origin can open a connection to a door of a machine, and the true answer."""

    vm: str
    protocol: str
    port: int
    from_: str
    answer: str
    origin: str | None = None
    source: str | None = None
    reach: str | None = None
    live: bool | str | None = None
    frontend_port: int | None = None
    decided_by: str | None = None

    def __str__(self) -> str:
        place = " ".join(word for word in (self.from_, self.origin, self.source) if word)
        return f"{self.vm} {self.protocol} {self.port} from {place}"


@dataclass(frozen=True, eq=False)
class Story:
    """One small estate, questions about it, and the true answers."""

    slug: str
    title: str
    theme: str
    story: str
    teaches: str
    source: tuple[str, ...]
    complete: bool
    all_but: tuple[str, ...]
    """The types of which more may exist than the story shows, where everything else is complete."""
    questions: tuple[Question, ...]
    resources: tuple[Json, ...]


@cache
def document(path: Path) -> Json:
    """The file as it stands."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return loader(path.read_text(encoding="utf-8")).get_single_data()


@cache
def story(path: Path) -> Story:
    """The file as a story."""
    data = document(path)
    complete = data.get("complete")
    return Story(
        slug=path.stem,
        title=data["title"],
        theme=data["theme"],
        story=data["story"],
        teaches=data["teaches"],
        source=tuple(data["source"]),
        complete=complete is not None,
        all_but=tuple(complete["all_but"]) if isinstance(complete, dict) else (),
        questions=tuple(question(asked) for asked in data["ask"]),
        resources=tuple(data["resources"]),
    )


def question(asked: Json) -> Question:
    """One entry of `ask`; `from` is a word of Python's own."""
    return Question(from_=asked["from"], **{key: value for key, value in asked.items() if key != "from"})
