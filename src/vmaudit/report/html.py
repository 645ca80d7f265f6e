"""An assessment as one HTML file that needs nothing else: no network, no script to be read, no font of the machine.

The page's own policy forbids every request and every script and style but the two in it, named by their hashes. Names
from the evidence are escaped wherever they stand, so the policy is the second lock, not the first.
"""

import base64
import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from vmaudit.assess.assessment import Assessment
from vmaudit.assess.frameworks import FRAMEWORKS
from vmaudit.report.content import Limits, content
from vmaudit.report.layouts import tall, wide
from vmaudit.report.passports import Passport
from vmaudit.report.templates import FONTS, environment
from vmaudit.shipped import templates_folder

if TYPE_CHECKING:
    from vmaudit.report.layouts import Drawing

LIMITS: Final = Limits(rows=2000, passports=200)
"""How many machines the page holds: more would make it slow to open. The JSON and CSV files hold all."""


def to_html(assessment: Assessment, *, organisation: str = "", limits: Limits = LIMITS) -> str:
    """The assessment as one page. `organisation` is the name in its head. The same assessment gives the same text."""
    from markupsafe import Markup  # noqa: PLC0415 - comes with Jinja, which `vmaudit --help` does without

    css, script = _style(), _script()
    return (
        environment()
        .get_template("report.html.jinja")
        .render(
            content=content(assessment, organisation, limits),
            frameworks=FRAMEWORKS,
            draw=_drawings,
            policy=_policy(css, script),
            # Both are files of ours, without a value from outside and without "</": nothing in them ends them early.
            css=Markup(css),  # noqa: S704 - see above
            script=Markup(script),  # noqa: S704 - see above
        )
    )


def _drawings(passport: Passport) -> "tuple[Drawing, Drawing]":
    return wide(passport.picture), tall(passport.picture)


def _policy(css: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(script)}'; "
        "font-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@lru_cache(maxsize=1)
def _style() -> str:
    faces = (
        f'@font-face{{font-family:"{font.family}";font-weight:{font.weight};font-display:swap;'
        f'src:url(data:font/woff2;base64,{base64.b64encode(font.read()).decode()}) format("woff2")}}'
        for font in FONTS
    )
    return "\n".join((*faces, (templates_folder() / "report.css").read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _script() -> str:
    return (templates_folder() / "report.js").read_text(encoding="utf-8")
