"""The form of an announcement, and the filter of the public list."""

from collections.abc import Mapping

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from marketplace.announcements.choices import AnnouncementKind
from marketplace.announcements.models import Announcement
from marketplace.announcements.service import MAX_BODY, AnnouncementData, AnnouncementFilter


class AnnouncementForm(FlaskForm):
    kind = SelectField(
        "类别",
        choices=[SelectChoice(kind.value, kind.title) for kind in AnnouncementKind],
        validators=[InputRequired("请选择类别。")],
        validate_choice=False,  # below, in Chinese
    )
    title = StringField(
        "标题", validators=[InputRequired("请填写标题。"), Length(max=120, message="最多 120 个字。")]
    )
    issuer = StringField("发文单位", validators=[Length(max=120, message="最多 120 个字。")])
    document_number = StringField("文号", validators=[Length(max=60, message="最多 60 个字。")])
    body = TextAreaField("正文", validators=[Length(max=MAX_BODY, message=f"最多 {MAX_BODY} 个字。")])
    effective_until = DateField("有效期至", validators=[Optional(strip_whitespace=True)])
    pinned = BooleanField("置顶")
    version = HiddenField(default="1")

    def validate(self, extra_validators: Mapping[str, object] | None = None) -> bool:
        valid = bool(super().validate(extra_validators))
        if self.kind.data not in {kind.value for kind in AnnouncementKind}:
            self.kind.errors = ["请选择类别。"]
            valid = False
        if self.effective_until.errors:
            self.effective_until.errors = ["日期格式不正确，应如 2026-12-31。"]
        if not (self.title.data or "").strip() and not self.title.errors:
            self.title.errors = ["请填写标题。"]
            valid = False
        return valid

    def data_of(self) -> AnnouncementData:
        return AnnouncementData(
            kind=AnnouncementKind.of(str(self.kind.data)),
            title=(self.title.data or "").strip(),
            body=self.body.data or "",
            issuer=(self.issuer.data or "").strip(),
            document_number=(self.document_number.data or "").strip(),
            effective_until=self.effective_until.data,
            pinned=bool(self.pinned.data),
        )

    def fill(self, row: Announcement) -> None:
        """Show a stored announcement."""
        for name in ("title", "issuer", "document_number", "body", "effective_until", "pinned"):
            getattr(self, name).data = getattr(row, name)
        self.kind.data, self.version.data = row.kind.value, str(row.version)


def version_of(form: AnnouncementForm) -> int:
    return _version(str(form.version.data or ""))


def edit_version_of(fields: Mapping[str, str]) -> int:
    """Of what was kept while typing; 0: nothing was kept yet when the page was opened."""
    return _version(fields.get("edit_version", ""))


def _version(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def parse_filter(args: Mapping[str, str]) -> AnnouncementFilter:
    """What cannot be read is left out: an old address still shows the list."""
    year = args.get("year", "")
    kind = next((k for k in AnnouncementKind if k.value == args.get("kind")), None)
    return AnnouncementFilter(
        q=args.get("q", "").strip()[:80],
        kind=kind,
        year=int(year) if year.isdecimal() and 1949 <= int(year) <= 2200 else None,
    )
