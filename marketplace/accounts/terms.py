"""The version of the terms (用户协议, 隐私说明) that people agree to; the texts are templates."""

from datetime import date

TERMS_VERSION = "2026-11-28"  # another text is another version, and is agreed to anew
TERMS_DATE = date(2026, 11, 28)
