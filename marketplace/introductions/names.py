"""What a masked side must not write before the other side has accepted."""

from marketplace.accounts.models import Person
from marketplace.core.errors import InvalidInput
from marketplace.organisations.identity import TraceKind, person_traces, traces_of
from marketplace.organisations.models import Organisation
from search.segment import normalise

CHANCE = frozenset({TraceKind.BRAND})  # a word of two characters may stand there for itself


def _squeezed(text: str) -> str:
    return "".join(normalise(text).split())


def refuse_names(text: str, field: str, organisation: Organisation, *people: Person | None) -> None:
    """InvalidInput beside ``field`` where the text tells who the masked enterprise is."""
    traces = [
        *traces_of(organisation),
        *(t for p in people if p is not None for t in person_traces(p.name, p.email, p.phone)),
    ]
    written = _squeezed(text)
    for trace in traces:
        if trace.kind not in CHANCE and len(trace.text) > 1 and _squeezed(trace.text) in written:
            raise InvalidInput(
                f"该需求已选择企业名称脱敏，这里的“{trace.text}”会透露企业身份（{trace.kind.title}）。"
                "请删去后再提交；对方接受后双方自会互知。",
                field=field,
            )
