"""统一社会信用代码: form and check digit after GB 32100-2015."""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # 31 characters, without I O S V Z
LENGTH = 18


def check_character(first17: str) -> str:
    """GB 32100: weights 3^(i−1) mod 31 over 17 characters, check value (31 − Σ mod 31) mod 31."""
    total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(first17))
    return ALPHABET[(31 - total % 31) % 31]


def is_valid(code: str) -> bool:
    """Whether the check digit fits; this says nothing about who uses the code."""
    if len(code) != LENGTH or any(c not in ALPHABET for c in code):
        return False
    return check_character(code[:-1]) == code[-1]


def problem(code: str) -> str | None:
    """What is wrong with a code, as a Chinese sentence; None where its check digit fits."""
    if len(code) != LENGTH:
        return f"统一社会信用代码应为 {LENGTH} 位，现在是 {len(code)} 位，请对照证照核对。"
    if wrong := "、".join(dict.fromkeys(c for c in code if c not in ALPHABET)):
        return f"代码由数字和大写字母组成，不用 I、O、S、V、Z；这里有“{wrong}”，请对照证照核对。"
    if not is_valid(code):
        return "第 18 位是校验码，与前 17 位不符：多半有一位抄错，请对照证照逐位核对。"
    return None
