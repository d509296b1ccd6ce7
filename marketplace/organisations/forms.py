"""Forms of organisations. What only the database knows (names taken, dictionaries) the services check."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Email, Length, Optional, ValidationError

from marketplace.core.choices import Choice
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput
from marketplace.core.files import Attachment, Upload, check_upload, own_upload, store
from marketplace.organisations.choices import (
    MembershipRole,
    OrganisationKind,
    OrganisationSize,
    ProofKind,
)
from marketplace.organisations.models import Organisation, OrganisationProof
from marketplace.organisations.service import (
    OrganisationData,
    data_of,
    organisation_problems,
    tidy_code,
    tidy_name,
)
from marketplace.organisations.verification import registration_problems
from marketplace.taxonomy.models import HONOUR, INDUSTRY, ZONE
from marketplace.taxonomy.service import title, titles

MAX_SHAREHOLDERS = 50
Papers = dict[ProofKind, Attachment]
COMMON_INDUSTRY_LEVELS = (2, 3)  # length of the codes offered in the list: 大类 and 中类


def put_error(form: FlaskForm, error: InvalidInput) -> None:
    """Beside its field; above the form where it belongs to none."""
    field = form._fields.get(error.field)
    if error.field == "shareholders" and hasattr(form, "shareholder_errors"):
        form.shareholder_errors.append(error.message)
    elif field is None:
        form.form_errors.append(error.message)
    else:
        field.errors = [*field.errors, error.message]


def put_problems(form: FlaskForm, problems: Iterable[InvalidInput]) -> bool:
    """Beside fields that have no error yet; whether there were any."""
    free = [
        problem
        for problem in problems
        if not (problem.field in form._fields and form[problem.field].errors)
        and not (problem.field == "shareholders" and getattr(form, "shareholder_errors", None))
    ]
    for problem in free:
        put_error(form, problem)
    return bool(free)


def submit(form: FlaskForm, work: Callable[[Session], object]) -> bool:
    """Validate, then do the work in one transaction; False with the errors in the form, nothing written."""
    if not form.validate():
        return False
    try:
        with transaction() as session:
            work(session)
    except InvalidInput as error:
        put_error(form, error)
        return False
    return True


def _required(message: str, length: int) -> list[Any]:
    return [DataRequired(message), Length(max=length, message=f"最多 {length} 个字。")]


def _at_most(length: int) -> list[Any]:
    return [Optional(), Length(max=length, message=f"最多 {length} 个字。")]


def _chosen(kind: type[Choice], value: str | None) -> Any:
    try:
        return kind.of(value or "")
    except ValueError:
        return None


class IdentityFields(FlaskForm):
    """名称、简称、类型、代码、法定代表人: who the organisation is."""

    name = StringField("单位名称", _required("请填写单位名称，与证照一致。", 120))
    short_name = StringField("简称", _required("请填写简称，列表中使用。", 40))
    kind = SelectField("单位类型", validate_choice=False)
    credit_code = StringField("统一社会信用代码", [Optional()])
    legal_person = StringField("法定代表人 / 负责人", _required("请填写法定代表人或负责人。", 40))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.kind is not None:
            self.kind.choices = [("", "请选择"), *((k.value, k.title) for k in OrganisationKind)]

    def validate_kind(self, field: SelectField) -> None:
        if _chosen(OrganisationKind, field.data) is None:
            raise ValidationError("请选择单位类型。")

    def identity(self) -> dict[str, Any]:
        return {
            "name": tidy_name(self.name.data or ""),
            "short_name": tidy_name(self.short_name.data or ""),
            "kind": _chosen(OrganisationKind, self.kind.data),
            "credit_code": tidy_code(self.credit_code.data or "") or None,
            "legal_person": (self.legal_person.data or "").strip(),
        }


class DataFields(FlaskForm):
    """What administrators change at once."""

    address = StringField("地址", _required("请填写地址。", 200))
    zone = SelectField("所在功能区", validate_choice=False)
    industry = StringField("行业（GB/T 4754）", [Optional()])
    size = SelectField("规模", validate_choice=False)
    honours = SelectMultipleField("资质荣誉", validate_choice=False)
    website = StringField("网址", _at_most(200))
    introduction = TextAreaField("单位简介", _at_most(4000))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone.choices = [("", "请选择"), *titles(ZONE).items()]
        self.size.choices = [("", "未填"), *((s.value, s.title) for s in OrganisationSize)]
        self.honours.choices = list(titles(HONOUR).items())
        self.shareholder_errors: list[str] = []
        self.shareholder_rows = _typed_rows() if self.is_submitted() else []

    def validate_zone(self, field: SelectField) -> None:
        if not field.data:
            raise ValidationError("请选择所在功能区。")

    def validate_industry(self, field: StringField) -> None:
        if field.data and industry_code(field.data) is None:
            raise ValidationError("没有这个行业，请从列表中选择，或填写国民经济行业代码。")

    def validate_size(self, field: SelectField) -> None:
        if field.data and _chosen(OrganisationSize, field.data) is None:
            raise ValidationError("请从列表中选择规模。")

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        fits = super().validate(*args, **kwargs)
        self.shareholder_errors = (
            [] if self.shareholders() is not None else ["持股比例请填数字，如 51 或 33.5。"]
        )
        return bool(fits) and not self.shareholder_errors

    def shareholders(self) -> tuple[tuple[str, float], ...] | None:
        """Rows that hold something; None where a percentage is no number."""
        try:
            return tuple(
                (row["name"].strip(), float(row["percent"].strip().rstrip("%％")))
                for row in self.shareholder_rows
                if row["name"].strip() or row["percent"].strip()
            )
        except ValueError:
            return None

    def edits_rows(self) -> bool:
        """Whether a button of the row editor was pressed, without JavaScript; it is carried out here."""
        if "shareholders-add" in request.form:
            self.shareholder_rows.append({"name": "", "percent": ""})
            return True
        removed = request.form.get("shareholders-remove", "")
        if removed.isdecimal():
            self.shareholder_rows = [r for r in self.shareholder_rows if r["index"] != int(removed)]
            return True
        return False

    def values(self) -> dict[str, Any]:
        return {
            "address": (self.address.data or "").strip(),
            "zone": self.zone.data,
            "industry": industry_code(self.industry.data or ""),
            "size": _chosen(OrganisationSize, self.size.data),
            "honours": tuple(self.honours.data or ()),
            "website": (self.website.data or "").strip(),
            "introduction": (self.introduction.data or "").strip(),
            "shareholders": self.shareholders() or (),
        }


def _typed_rows() -> list[dict[str, Any]]:
    numbers = {
        int(part[1])
        for key in request.form
        if len(part := key.split("-")) == 3 and part[0] == "shareholders" and part[1].isdecimal()
    }
    return [
        {"index": i, **{k: request.form.get(f"shareholders-{i}-{k}", "") for k in ("name", "percent")}}
        for i in sorted(numbers)[:MAX_SHAREHOLDERS]
    ]


def industry_code(typed: str) -> str | None:
    """The code of "36 汽车制造业", "36" or "汽车制造业"; None for what the dictionary has not."""
    known = titles(INDUSTRY)
    code = typed.strip().split(" ")[0].upper()
    if code in known:
        return code
    return next((code for code, name in known.items() if name == typed.strip()), None)


def industry_text(code: str | None) -> str:
    return f"{code} {title(INDUSTRY, code)}" if code else ""


def industry_options() -> list[str]:
    return [f"{c} {t}" for c, t in titles(INDUSTRY).items() if len(c) in COMMON_INDUSTRY_LEVELS]


class ProofFields(FlaskForm):
    """Uploads of the papers; one that came with wrong fields is kept and named by its hidden field."""

    licence = FileField("营业执照 / 法人证书")
    licence_kept = HiddenField()
    authorisation = FileField("授权书")
    authorisation_kept = HiddenField()

    def read(self) -> dict[ProofKind, Upload]:
        """The checked uploads; wrong ones leave an error beside their field."""
        found = {}
        for kind in ProofKind:
            file = self[kind.value].data
            if file and getattr(file, "filename", ""):
                try:
                    found[kind] = check_upload(file, kind.value)
                except InvalidInput as error:
                    put_error(self, error)
        return found

    def attachments(
        self, session: Session, uploads: Mapping[ProofKind, Upload], person_id: int | None
    ) -> dict[ProofKind, Attachment]:
        found = {kind: store(session, upload, person_id) for kind, upload in uploads.items()}
        for kind in ProofKind:
            kept = self[f"{kind.value}_kept"].data
            if kept and kind not in found:
                found[kind] = _unused(session, own_upload(session, kept, person_id), kind)
        return found

    def keep(self, uploads: Mapping[ProofKind, Upload], person_id: int | None) -> None:
        """Hold on to good files while other fields are mended."""
        if uploads:
            with transaction() as session:
                for kind, upload in uploads.items():
                    self[f"{kind.value}_kept"].data = store(session, upload, person_id).public_id

    def submit_with(
        self, person_id: int | None, work: Callable[[Session, dict[ProofKind, Attachment]], object]
    ) -> bool:
        """As ``submit``, with the papers."""
        valid = self.validate()
        uploads = self.read()
        if valid and not any(self[kind.value].errors for kind in ProofKind):
            try:
                with transaction() as session:
                    work(session, self.attachments(session, uploads, person_id))
                return True
            except InvalidInput as error:
                put_error(self, error)
        self.keep(uploads, person_id)
        return False


def _unused(session: Session, attachment: Attachment, kind: ProofKind) -> Attachment:
    used = select(OrganisationProof.id).where(OrganisationProof.attachment_id == attachment.id)
    if session.scalar(used) is not None:
        raise InvalidInput("这份文件已提交过，请重新选择。", kind.value)
    return attachment


class RegisterForm(ProofFields, IdentityFields, DataFields):
    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """With what only the database knows, so that everything is mended in one go."""
        fits = super().validate(*args, **kwargs)
        return not put_problems(self, registration_problems(db.session(), self.data_entered())) and fits

    def data_entered(self) -> OrganisationData:
        return OrganisationData(**self.identity(), **self.values())


class EditForm(IdentityFields, DataFields):
    """``identity_fixed``: of a verified organisation only the other fields stand in the form."""

    def __init__(self, organisation: Organisation, *, identity_fixed: bool) -> None:
        before = data_of(organisation)
        fixed = identity_fixed
        super().__init__(obj=None if self._posted() else before)
        self.before, self.organisation_id = before, organisation.id
        if fixed:
            for name in ("name", "short_name", "kind", "credit_code", "legal_person"):
                delattr(self, name)
        if not self.is_submitted():
            self.industry.data = industry_text(before.industry)
            self.shareholder_rows = [
                {"index": i, "name": n, "percent": f"{p:g}"} for i, (n, p) in enumerate(before.shareholders)
            ]

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """As when registering, for the organisation that is edited."""
        fits = super().validate(*args, **kwargs)
        problems = organisation_problems(db.session(), self.data_entered(), self.organisation_id)
        return not put_problems(self, problems) and fits

    @staticmethod
    def _posted() -> bool:
        return request.method == "POST"

    def data_entered(self) -> OrganisationData:
        fixed = self.name is None
        names = ("name", "short_name", "kind", "credit_code", "legal_person")
        identity = {n: getattr(self.before, n) for n in names} if fixed else self.identity()
        return OrganisationData(**identity, **self.values())


class ChangeForm(ProofFields, IdentityFields):
    note = TextAreaField("变更原因", _required("请说明变更原因，如更名的登记日期。", 400))


class ProofForm(ProofFields):
    """Papers for the verification."""


class RolesForm(FlaskForm):
    roles_needed = False  # whether this form is always about at least one role
    roles = SelectMultipleField("角色", validate_choice=False)

    def __init__(self, *args: Any, but: tuple[MembershipRole, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles.choices = [(r.value, r.title) for r in MembershipRole if r not in but]

    def validate_roles(self, field: SelectMultipleField) -> None:
        offered = {value for value, _ in field.choices}
        if not set(field.data or ()) <= offered:
            raise ValidationError("请从列表中选择角色。")
        if self.roles_needed and not field.data:
            raise ValidationError("请至少选择一种角色。")

    def chosen(self) -> list[MembershipRole]:
        return [MembershipRole.of(value) for value in self.roles.data or ()]


class AskForm(RolesForm):
    roles_needed = True
    message = TextAreaField("说明", _required("请说明您的身份，便于管理员核对。", 400))


class InviteForm(RolesForm):
    roles_needed = True
    email = EmailField(
        "邮箱",
        [
            DataRequired("请填写邮箱。"),
            Email("邮箱格式不正确，应如 name@unit.cn。", allow_smtputf8=False),
            Length(max=254, message="邮箱过长。"),
        ],
    )
    message = TextAreaField("留言", _at_most(400))


class RequestForm(RolesForm):
    """The administrator's answer to a wish to join."""

    reason = TextAreaField("不同意的理由", _at_most(400))


class AppointForm(FlaskForm):
    message = TextAreaField("原管理员的情况", _required("请说明原管理员的情况。", 400))


class ConsentForm(FlaskForm):
    consent = BooleanField("我同意以上述角色加入该单位", [DataRequired("请先勾选同意。")])
