"""Rows made through the services, so that no test stands on a state the site cannot reach."""

from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from io import BytesIO
from itertools import count
from typing import Any

from werkzeug.datastructures import FileStorage

from marketplace.accounts.choices import Appointment, OfficerLevel
from marketplace.accounts.models import Person
from marketplace.accounts.passwords import hash_password
from marketplace.accounts.policy import VISITOR, Reader, reader_of
from marketplace.accounts.registration import accept_terms
from marketplace.accounts.service import appoint, create_person
from marketplace.announcements.choices import AnnouncementKind
from marketplace.announcements.models import Announcement
from marketplace.announcements.service import AnnouncementData, create_announcement, move_announcement
from marketplace.announcements.workflow import AnnouncementAction
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.files import TYPES, Attachment, Upload, check_upload, store
from marketplace.demands.choices import CooperationMode, DemandKind, Disclosure
from marketplace.demands.models import Demand, DemandAttachment
from marketplace.demands.service import DemandColumns, DemandData, create_demand, move_demand
from marketplace.disclosure.models import DetailRequest
from marketplace.disclosure.reading import record_reading
from marketplace.disclosure.service import grant_request, request_details, withdraw_request
from marketplace.listings.choices import (
    AttachmentVisibility,
    IndicatorDirection,
    IndicatorOperator,
    SecrecyVerdict,
    Stage,
)
from marketplace.listings.service import IndicatorData, record_secrecy_review
from marketplace.listings.workflow import ListingAction
from marketplace.organisations.choices import MembershipRole, OrganisationKind, Verification
from marketplace.organisations.models import Organisation
from marketplace.organisations.service import (
    OrganisationData,
    add_member,
    create_organisation,
    verify_organisation,
)
from marketplace.reports.choices import ReportKind
from marketplace.reports.models import Report
from marketplace.reports.service import ReportData, file_report, find_subject
from marketplace.results.choices import (
    ApplicationStatus,
    ResultForm,
    ResultOrigin,
    ResultSource,
    TransferMode,
)
from marketplace.results.models import Result, ResultAttachment
from marketplace.results.service import (
    ResultColumns,
    ResultData,
    TransferData,
    create_result,
    move_result,
)

PASSWORD = "correct horse battery"
PUBLISHING = (ListingAction.SUBMIT, ListingAction.APPROVE, ListingAction.PUBLISH)
INDICATOR = IndicatorData(
    name="能量密度",
    operator=IndicatorOperator.GE,
    low=300.0,
    value_text="≥300 Wh/kg",
    unit="Wh/kg",
    direction=IndicatorDirection.HIGHER,
)


@lru_cache(maxsize=1)
def password_hash() -> str:
    return hash_password(PASSWORD)


class Factory:
    """Each call commits, as a request would."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def organisation(self, **values: Any) -> Organisation:
        number = next(self._numbers)
        data = OrganisationData(
            **{
                "name": f"测试单位{number}有限公司",
                "short_name": f"测试{number}",
                "kind": OrganisationKind.ENTERPRISE,
                "zone": "teda",
                **values,
            }
        )
        with transaction() as session:
            organisation = create_organisation(session, data)
            verify_organisation(session, organisation)
        return organisation

    def unverified(self, **values: Any) -> Organisation:
        """As it stands before an officer has looked at its proof."""
        organisation = self.organisation(**values)
        with transaction() as session:
            kept = session.merge(organisation)
            kept.verification, kept.verified_at = Verification.PENDING, None
        return organisation

    def person(
        self, organisation: Organisation | None = None, *roles: MembershipRole, **values: Any
    ) -> Person:
        number = next(self._numbers)
        with transaction() as session:
            person = create_person(
                session,
                **{
                    "name": f"测试员{number}",
                    "email": f"person{number}@unit.example",
                    "password_hash": password_hash(),
                    **values,
                },
            )
            accept_terms(session, person)
            if organisation is not None:
                for role in roles or (MembershipRole.RESEARCHER,):
                    add_member(session, organisation, person, role)
        return person

    def officer(self, level: OfficerLevel = OfficerLevel.DISTRICT, zone: str | None = None) -> Person:
        person = self.person()
        with transaction() as session:
            appoint(session, person, Appointment.OFFICER, level=level, zone=zone)
        db.session.refresh(person)
        return person

    def expert(self, *fields: str) -> Person:
        person = self.person()
        with transaction() as session:
            appoint(session, person, Appointment.EXPERT, fields=fields)
        return person

    def staffed(self, **values: Any) -> tuple[Organisation, Person]:
        """An organisation with one person who enters and reviews."""
        organisation = self.organisation(**values)
        person = self.person(
            organisation, MembershipRole.RESEARCHER, MembershipRole.ENTERPRISE, MembershipRole.REVIEWER
        )
        return organisation, person

    def upload(self, name: str = "附件.pdf") -> Upload:
        """A checked upload, small and of the right kind."""
        return Upload(name, TYPES[".pdf"], b"%PDF-1.4\n%%EOF\n")

    def result(
        self, organisation: Organisation, contact: Person, *, published: bool = True, **values: Any
    ) -> Result:
        """``values`` are columns of the form, or keywords, team, indicators, ip_rights, transfers."""
        columns = ResultColumns(
            title="高比能固态锂电池电解质膜连续制备技术",
            field="newenergy",
            region="12",
            research_start=date(2021, 1, 1),
            research_end=date(2024, 1, 1),
            summary="硫化物电解质在干燥房外也能成膜，厚度 25 微米，室温离子电导率 3 mS/cm。",
            details="卷对卷压延的线速度与粘结剂配比。",
            innovation="无溶剂压延避免了溶剂对硫化物的侵蚀。",
            applications="动力电池与储能电池。",
            source=ResultSource.SELF,
            form=ResultForm.PROCESS,
            origin=ResultOrigin.ORIGINAL,
            stage=Stage.PILOT,
            application_status=ApplicationStatus.TRIAL,
            trl=6,
            trl_evidence="中试线连续运行 200 小时。",
            valid_until=clock.now() + timedelta(days=365),
        )
        data = ResultData(
            columns=columns,
            keywords=("固态电池", "电解质", "压延"),
            team=("甲某", "乙某"),
            indicators=(INDICATOR,),
            transfers=(TransferData(mode=TransferMode.NON_EXCLUSIVE, price=120_000_000),),
        )
        with transaction() as session:
            organisation, contact = session.merge(organisation), session.merge(contact)
            result = create_result(session, reader_of(contact), organisation, contact, _changed(data, values))
        if published:
            self.publish(result, contact)
        return result

    def demand(
        self, organisation: Organisation, contact: Person, *, published: bool = True, **values: Any
    ) -> Demand:
        """``values`` are columns of the form, or keywords, cooperation, stages, directed_to, …"""
        columns = DemandColumns(
            title="低温环境下动力电池快速充电技术需求",
            kind=DemandKind.BREAKTHROUGH,
            field="newenergy",
            difficulty="零下二十度时负极析锂，快充十分钟后容量明显衰减，现有加热方案能耗过高。",
            research="低温电解液与脉冲自加热策略。",
            basis="已有整包测试台架。",
            months=18,
            min_trl=5,
            zone=organisation.zone,
            budget=300_000_000,
            valid_until=clock.now() + timedelta(days=365),
        )
        data = DemandData(
            columns=columns,
            keywords=("低温快充", "析锂", "动力电池"),
            cooperation=(CooperationMode.JOINT, CooperationMode.LICENSE),
            indicators=(INDICATOR,),
        )
        if values.get("directed_to"):
            values.setdefault("disclosure", Disclosure.DIRECTED)
        with transaction() as session:
            organisation, contact = session.merge(organisation), session.merge(contact)
            if "directed_to" in values:
                values["directed_to"] = tuple(o.id for o in values["directed_to"])
            demand = create_demand(session, reader_of(contact), organisation, contact, _changed(data, values))
        if published:
            self.publish(demand, contact)
        return demand

    def publish(
        self,
        listing: Result | Demand,
        reviewer: Person,
        verdict: SecrecyVerdict = SecrecyVerdict.PUBLIC,
    ) -> None:
        """Through 单位审核 with 保密审查 to publication by a district officer."""
        officer = Reader(officer_level=OfficerLevel.DISTRICT)
        with transaction() as session:
            actor = reader_of(session.merge(reviewer))
            listing = session.merge(listing)
            record_secrecy_review(session, actor, listing, verdict)
            for action in PUBLISHING:
                by = officer if action is ListingAction.PUBLISH else actor
                if isinstance(listing, Result):
                    move_result(session, by, listing, action)
                else:
                    move_demand(session, by, listing, action)

    def withdraw(self, listing: Result | Demand, person: Person) -> None:
        with transaction() as session:
            actor, listing = reader_of(session.merge(person)), session.merge(listing)
            if isinstance(listing, Result):
                move_result(session, actor, listing, ListingAction.WITHDRAW, "测试下架")
            else:
                move_demand(session, actor, listing, ListingAction.WITHDRAW, "测试下架")

    def detail_request(
        self, listing: Result | Demand, person: Person, purpose: str = "用于评估与本单位产线的匹配程度。"
    ) -> DetailRequest:
        with transaction() as session:
            actor, listing = reader_of(session.merge(person)), session.merge(listing)
            return request_details(session, actor, listing, purpose)

    def grant(
        self, request: DetailRequest, owner: Person, days: float = 30, *, tells_owner: bool = False
    ) -> DetailRequest:
        with transaction() as session:
            actor, request = reader_of(session.merge(owner)), session.merge(request)
            until = clock.now() + timedelta(days=days)
            return grant_request(session, actor, request, until, tells_owner=tells_owner)

    def withdraw_request(self, request: DetailRequest, asker: Person) -> None:
        with transaction() as session:
            withdraw_request(session, reader_of(session.merge(asker)), session.merge(request))

    def reading(self, request: DetailRequest) -> None:
        """The asker reads what was granted."""
        with transaction() as session:
            request = session.merge(request)
            record_reading(session, reader_of(request.person), request.listing)

    def attach(
        self, listing: Result | Demand, name: str, data: bytes, *, public: bool = False, telling: bool = False
    ) -> Attachment:
        """A stored file on a listing; ``telling``: it says whose a masked need is."""
        upload = check_upload(FileStorage(BytesIO(data), filename=name))
        visibility = AttachmentVisibility.PUBLIC if public else AttachmentVisibility.CONTROLLED
        with transaction() as session:
            listing = session.merge(listing)
            model: Any = ResultAttachment if isinstance(listing, Result) else DemandAttachment
            file = store(session, upload, listing.contact_id)
            listing.attachments.append(
                model(
                    attachment=file,
                    position=len(listing.attachments),
                    visibility=visibility,
                    reveals_owner=telling,
                )
            )
        return file

    def report(self, listing: Result | Demand, **values: Any) -> Report:
        """Of a visitor, about a listing that everybody may read."""
        with transaction() as session:
            noun = "result" if isinstance(listing, Result) else "demand"
            subject = find_subject(session, VISITOR, noun, session.merge(listing).public_id)
            data = ReportData(
                **{"kind": ReportKind.WRONG, "text": "指标的单位写错了，应为每千克。", **values}
            )
            return file_report(session, VISITOR, subject, data)

    def announcement(self, *, published: bool = True, **values: Any) -> Announcement:
        officer = Reader(officer_level=OfficerLevel.DISTRICT)
        data = AnnouncementData(
            **{
                "kind": AnnouncementKind.NOTICE,
                "title": "关于办理时限的说明",
                "body": "审核在五个工作日内完成。",
                "issuer": "测试发文单位",
                **values,
            }
        )
        with transaction() as session:
            row = create_announcement(session, officer, data)
            if published:
                move_announcement(session, officer, row, AnnouncementAction.PUBLISH)
        return row


def _changed(data: Any, values: dict[str, Any]) -> Any:
    """Put each value where it belongs: among the columns or beside them."""
    own = {name: value for name, value in values.items() if name in data.__dataclass_fields__}
    columns = {name: value for name, value in values.items() if name not in own}
    return replace(data, columns=replace(data.columns, **columns), **own)
