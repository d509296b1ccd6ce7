"""The match box."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import ValidationError

NEED, RESULT = "need", "result"
MIN_CHARACTERS = 8


def too_short(text: str) -> str | None:
    """A Chinese sentence where a text is too short to be matched, or None."""
    if sum(character.isalnum() for character in text) >= MIN_CHARACTERS:
        return None
    return f"文字太短，无法判断技术内容，请至少写 {MIN_CHARACTERS} 个字。"


class MatchForm(FlaskForm):
    """Paste or upload a need or a result; nothing of it is kept."""

    direction = RadioField(
        "我有",
        choices=[SelectChoice(NEED, "我有需求"), SelectChoice(RESULT, "我有成果")],
        default=NEED,
        validate_choice=False,  # below, in Chinese
    )
    text = TextAreaField("技术需求或成果的文字")
    file = FileField("或上传文件（.txt、.docx、.pdf，不超过 5 MB）")

    def validate_direction(self, field: RadioField) -> None:
        if field.data not in (NEED, RESULT):
            raise ValidationError("请先选择“我有需求”或“我有成果”。")

    def validate_text(self, field: TextAreaField) -> None:
        if self.file.data and getattr(self.file.data, "filename", ""):
            return
        text = field.data or ""
        if not text.strip():
            raise ValidationError("请粘贴一段文字，或上传文件。")
        if message := too_short(text):
            raise ValidationError(message)
