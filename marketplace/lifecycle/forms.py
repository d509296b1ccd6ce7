"""Forms of the 单位审核 page, read by hand: attachments add a field each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from marketplace.core.errors import InvalidInput
from marketplace.listings.choices import AttachmentVisibility, SecrecyVerdict
from marketplace.listings.service import FLAGS, Review

CLASSIFIED = "classified"  # a choice of the form, never a stored verdict
VERDICTS = (
    (SecrecyVerdict.PUBLIC.value, "可公开", "不含国家秘密和不宜公开的内容。"),
    (SecrecyVerdict.CONTROLLED.value, "仅受控", "不公开展示，只有本单位和主管部门可见。"),
    (CLASSIFIED, "涉密", "不得录入本网站，须清除。"),
)
FLAG_TITLES = tuple(zip(FLAGS, ("限制/禁止出口技术", "涉及人类遗传资源", "须科技伦理审查"), strict=True))


@dataclass
class ReviewForm:
    """What the reviewer has chosen so far, and the errors beside the fields."""

    secrecy: str = ""
    note: str = ""
    reason: str = ""
    flags: Sequence[str] = ()
    visibility: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, row: Any, files: Sequence[Any]) -> "ReviewForm":
        """As it stands before the review."""
        raised = tuple(name for name in FLAGS if getattr(row, name))
        return cls(flags=raised, visibility={file.file: file.visibility.value for file in files})

    @classmethod
    def sent(cls, values: Mapping[str, str], files: Sequence[Any]) -> "ReviewForm":
        chosen = {file.file: values.get(f"visibility-{file.file}", file.visibility.value) for file in files}
        return cls(
            secrecy=values.get("secrecy", ""),
            note=values.get("secrecy_note", "").strip(),
            reason=values.get("reason", "").strip(),
            flags=tuple(name for name in FLAGS if values.get(name)),
            visibility=chosen,
        )

    def review(self) -> Review:
        """InvalidInput beside the field at fault."""
        if self.secrecy == CLASSIFIED:
            raise InvalidInput("涉密内容不得录入本网站：请在页面下方确认清除。", "secrecy")
        try:
            verdict = SecrecyVerdict.of(self.secrecy)
            visibility = {file: AttachmentVisibility.of(value) for file, value in self.visibility.items()}
        except ValueError as error:
            raise InvalidInput("请选择审查结论。", "secrecy") from error
        return Review(
            verdict=verdict,
            note=self.note,
            visibility=visibility,
            **{name: name in self.flags for name in FLAGS},
        )


def chosen_verdict(value: str) -> SecrecyVerdict:
    """The verdict sent with a filing; PENDING where none was chosen, and the guard says so."""
    try:
        return SecrecyVerdict.of(value)
    except ValueError:
        return SecrecyVerdict.PENDING
