"""What the addresses and forms of the officer's pages say."""

from collections.abc import Mapping

from marketplace.admin.choices import Act, Holder
from marketplace.admin.service import QueueFilter
from marketplace.core.errors import InvalidInput
from marketplace.queue.choices import QueueKind

FILTERS = ("kind", "zone", "holder")


def parse_filter(args: Mapping[str, str]) -> QueueFilter:
    """What cannot be read is left out: an old address still shows the list."""
    return QueueFilter(
        kind=next((kind for kind in QueueKind if kind.value == args.get("kind")), None),
        zone=args.get("zone", "")[:40],
        holder=next((h for h in Holder if h.value == args.get("holder")), Holder.ANYONE),
    )


def filter_arguments(wanted: QueueFilter) -> dict[str, str]:
    """The same filter as arguments of an address."""
    values = {
        "kind": wanted.kind.value if wanted.kind else "",
        "zone": wanted.zone,
        "holder": "" if wanted.holder is Holder.ANYONE else wanted.holder.value,
    }
    return {name: value for name, value in values.items() if value}


def parse_act(form: Mapping[str, str], *allowed: Act) -> Act:
    act = next((a for a in allowed if a.value == form.get("action")), None)
    if act is None:
        raise InvalidInput("请选择要执行的操作。", field="action")
    return act


def parse_person(form: Mapping[str, str]) -> int | None:
    """The officer chosen; None for nobody."""
    text = form.get("assigned_to", "")
    if not text:
        return None
    if not text.isdecimal() or len(text) > 12:
        raise InvalidInput("请从列表中选择有权处理的工作人员。", field="assigned_to")
    return int(text)


def parse_version(form: Mapping[str, str]) -> int:
    text = form.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1
