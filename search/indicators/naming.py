"""What a quantity is called: the noun before it in its clause, else the one after it."""

import re

from search.indicators.quantities import Quantity

LONGEST = 12
_PIECES = re.compile(r"[,、:(){}\[\]“”\"'《》|\0]+")
_LEADING = re.compile(
    r"^(?:[\s\d.)、①-⑳]|要求|需要|须|实现|达到|使得?|将|把|保证|确保|能够|可以?|需|应|目前|现有|现在|现|当前|其中?|该|且|并且?|在|对|从|由|满足|具有|具备|"
    r"以及|和|与|及|同时|单个|每个|每|整体|最终|希望|预期|预计|计划|拟|开发|研制|产品的?|的|了|或|分别|一般|通常|国内|国外|我国|公司|有|是|为|所)+"
)
_TRAILING = re.compile(
    r"(?:[\s=:约~φΦ(]|控制|达到|达|为|是|在|到|至|需|要|应|须|可|能够?|必须|的|不|均|都|仅|可以|要求|由|从|分别|应该|应当|有|设定|保持|范围|最高|最低|最大|最小|不能|不得|一般|平均|只|大约|也|就|就是|已|已经|目前|原来|现在|希望|高达|多|近|了|及以上|以上|以下|左右|之间|和|与|及|或|降|升|每天|每年|每秒|每)+$"
)


def _clean(piece: str) -> str:
    piece = re.sub(r"[\d.]+\s?(?:[A-Za-z%℃°μΩ/·]{1,6}|吨|米|万)?", "", piece[-40:])
    return _TRAILING.sub("", _LEADING.sub("", piece)).strip(" -~/.")


def name_of(folded: str, quantity: Quantity, span: tuple[int, int]) -> str:
    """At most ``LONGEST`` characters; "" where the text names nothing. ``span`` is what may be read."""
    before = folded[max(span[0], quantity.start - 60) : quantity.start]
    pieces = [cleaned for piece in _PIECES.split(before) if (cleaned := _clean(piece))]
    if pieces and (_PIECES.split(before)[-1].strip() or before.rstrip().endswith((":", "("))):
        return pieces[-1][-LONGEST:]
    after = re.match(
        r"\s?(?:的)?([\u4e00-\u9fffA-Za-z]{2,12})", folded[quantity.end : min(span[1], quantity.end + 16)]
    )
    if after and (following := _clean(after[1])):
        return following[:LONGEST]
    return pieces[-1][-LONGEST:] if pieces else ""
