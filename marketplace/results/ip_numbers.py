"""Numbers of 知识产权: form by kind, and the check digit of Chinese patent application numbers."""

import re

from marketplace.results.choices import IPKind

# Year, kind digit (1 发明, 2 实用新型, 3 外观设计, 8 and 9 PCT 发明/实用新型), serial, check digit.
# Until 2003 two digits of the year and a serial of five. A pattern is matched as a whole.
PATENT = re.compile(r"(?:ZL|CN)?(?P<digits>(?:19|20)[0-9]{2}[12389][0-9]{7})\.?(?P<check>[0-9X])")
OLD_PATENT = re.compile(r"(?:ZL|CN)?(?P<digits>[0-9]{2}[12389][0-9]{5})\.?(?P<check>[0-9X])")
OTHER = {
    IPKind.SOFTWARE: re.compile(r"(?:19|20)[0-9]{2}SR[0-9]{6,7}"),
    IPKind.LAYOUT: re.compile(r"BS\.[0-9]{9}"),
    IPKind.PLANT: re.compile(r"CNA(?:19|20)[0-9]{6,9}(?:\.[0-9])?"),
}
PATENT_DIGITS = {IPKind.INVENTION: "18", IPKind.UTILITY: "29", IPKind.DESIGN: "3"}
WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9)


def patent_check(digits: str) -> str:
    """Weights 2…9, 2…5 over the digits, modulo 11, 10 written as X (ZC 0006-2003)."""
    remainder = sum(int(d) * WEIGHTS[i % len(WEIGHTS)] for i, d in enumerate(digits)) % 11
    return "X" if remainder == 10 else str(remainder)


def problem(kind: IPKind, number: str) -> str | None:
    """A Chinese sentence saying what is wrong with a number, or None."""
    if kind is IPKind.SECRET:
        return "技术秘密没有登记号，请留空。" if number else None
    if kind in OTHER:
        return None if OTHER[kind].fullmatch(number) else f"{kind.title}登记号格式不正确。"
    match = PATENT.fullmatch(number) or OLD_PATENT.fullmatch(number)
    if match is None:
        return "专利号格式应如 ZL202110123456.7。"
    digits = match["digits"]
    if digits[4 if len(digits) == 12 else 2] not in PATENT_DIGITS[kind]:
        return f"专利号与类型“{kind.title}”不符。"
    if patent_check(digits) != match["check"]:
        return "专利号校验位不正确，请核对号码。"
    return None
