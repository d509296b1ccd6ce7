"""What tells which organisation somebody speaks of: names, brand, people, address, numbers.

Pure reading of rows: the masking rule looks for these traces in what a masked need says.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from marketplace.core.choices import Choice
from marketplace.organisations.models import Organisation
from search.segment import normalise, words

MIN_LENGTH = 2  # characters of a part that can identify
LOCAL_PHONE = 7  # digits of a number without its area code
MIN_BRAND = 3  # Latin characters of a domain's name

LEGAL_FORMS = (
    "股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "集团公司", "集团", "公司", "(有限合伙)",
    "合伙企业", "总厂", "总公司", "分公司",
)  # fmt: skip
# Words of trade that stand before the legal form; alone they tell nobody.
TRADE = ("科技", "技术", "股份", "实业", "控股", "工程", "发展", "产业", "国际", "工业", "企业管理")
PLACE_SUFFIXES = re.compile(r"(?:省|市|区|县|自治区|特别行政区|壮族自治区|回族自治区|维吾尔自治区)$")
OWN_PLACES = ("中国", "滨海新区", "滨海", "天津", "经济技术开发区", "开发区")
ROADS = re.compile(
    r"(?:(?![号楼座层])[\u4e00-\u9fff]){2,}?(?:大街|大道|路|街|道|巷|胡同|园区|产业园|科技园|大学园|园|大厦|广场|中心|公寓)"
)
ADMINISTRATIVE = re.compile(r"^(?:[^路街道园\d]{2,8}?(?:省|自治区|市|新区|开发区|区|县|镇|街道))+")
# Anybody may have an address there.
PUBLIC_MAIL = frozenset(
    {"qq.com", "foxmail.com", "163.com", "126.com", "yeah.net", "vip.163.com", "sina.com", "sina.cn",
     "sohu.com", "aliyun.com", "139.com", "189.cn", "wo.cn", "21cn.com", "tom.com", "gmail.com",
     "outlook.com", "hotmail.com", "live.com", "icloud.com", "yahoo.com"}
)  # fmt: skip
PUBLIC_SUFFIXES = frozenset({"com", "net", "org", "gov", "edu", "ac", "co"})


class TraceKind(Choice):
    NAME = "name", "单位名称"
    SHORT = "short", "简称"
    BRAND = "brand", "品牌"
    PERSON = "person", "人员"
    ADDRESS = "address", "地址"
    CODE = "code", "信用代码"
    SITE = "site", "网址"
    PHONE = "phone", "电话"
    MAIL = "mail", "邮箱"


# One of these alone says whose need it is; the others may be chance.
CERTAIN = frozenset({TraceKind.NAME, TraceKind.CODE, TraceKind.MAIL, TraceKind.PHONE})


@dataclass(frozen=True, slots=True)
class Trace:
    kind: TraceKind
    text: str  # as the organisation writes it

    @property
    def certain(self) -> bool:
        return self.kind in CERTAIN


def traces_of(organisation: Organisation, places: Iterable[str] = ()) -> list[Trace]:
    """All that identifies an organisation, longest first; ``places`` are names that a name may begin with."""
    found = [
        Trace(TraceKind.NAME, organisation.name),
        *_names(organisation, places),
        *_people(organisation),
        *_places(organisation.address),
        *_site(organisation.website),
    ]
    if organisation.credit_code:
        found.append(Trace(TraceKind.CODE, organisation.credit_code))
    distinct = {trace.text: trace for trace in reversed(found) if len(trace.text) >= MIN_LENGTH}
    return sorted(distinct.values(), key=lambda trace: (-len(trace.text), trace.text))


def _names(organisation: Organisation, places: Iterable[str]) -> Iterator[Trace]:
    yield Trace(TraceKind.SHORT, organisation.short_name)
    core = without_legal_form(organisation.name)
    if len(core) > MIN_LENGTH:
        yield Trace(TraceKind.SHORT, core)
    bare = without_place(core, places)
    for text in (bare, without_place(organisation.short_name, places)):
        if brand := rare_beginning(text):
            yield Trace(TraceKind.BRAND, brand)
            yield Trace(TraceKind.SHORT, text)


def without_legal_form(name: str) -> str:
    name = re.sub(r"\([^()]*\)", "", normalise(name)) or normalise(name)
    while suffix := next((s for s in LEGAL_FORMS if name.endswith(s) and len(name) > len(s) + 1), ""):
        name = name.removesuffix(suffix)
    return name


def without_place(name: str, places: Iterable[str]) -> str:
    known = {short for place in (*places, *OWN_PLACES) for short in (place, PLACE_SUFFIXES.sub("", place))}
    ordered = sorted((p for p in known if len(p) >= MIN_LENGTH), key=lambda p: (-len(p), p))
    while place := next((p for p in ordered if name.startswith(p) and len(name) > len(p) + 1), ""):
        name = name.removeprefix(place)
    return name


def rare_beginning(name: str) -> str:
    """The characters before the first word of the dictionary: what somebody made up, 津岩 of 津岩隧道装备."""
    for trade in TRADE:
        name = name.removesuffix(trade)
    if re.fullmatch(r"[a-z0-9-]+", normalise(name)):
        return name if len(name) >= MIN_BRAND else ""
    beginning = ""
    for word in words(name):
        if len(word) > 1 or word not in name:
            break
        beginning += word
    return beginning if len(beginning) >= MIN_LENGTH and normalise(name).startswith(beginning) else ""


def _people(organisation: Organisation) -> Iterator[Trace]:
    if organisation.legal_person:
        yield Trace(TraceKind.PERSON, organisation.legal_person)
    for shareholder in organisation.shareholders:
        yield Trace(TraceKind.PERSON, shareholder.name)
    for membership in organisation.memberships:
        person = membership.person
        yield from person_traces(person.name, person.email, person.phone)


def person_traces(name: str, email: str, phone: str) -> Iterator[Trace]:
    yield Trace(TraceKind.PERSON, name)
    yield Trace(TraceKind.MAIL, email)
    domain = email.rpartition("@")[2]
    if domain and domain not in PUBLIC_MAIL:
        yield Trace(TraceKind.SITE, domain)
        yield from _brand_of(domain)
    if sum(c.isdigit() for c in phone) >= LOCAL_PHONE:
        yield Trace(TraceKind.PHONE, phone)


def _places(address: str) -> Iterator[Trace]:
    street = ADMINISTRATIVE.sub("", address.strip()).strip()
    if len(street) > MIN_LENGTH:
        yield Trace(TraceKind.ADDRESS, street)
    for part in ROADS.findall(street):
        if len(part) > MIN_LENGTH:
            yield Trace(TraceKind.ADDRESS, part)


def _site(website: str) -> Iterator[Trace]:
    host = urlsplit(website if "//" in website else f"//{website}").hostname or ""
    domain = host.removeprefix("www.")
    if "." in domain:
        yield Trace(TraceKind.SITE, domain)
        yield from _brand_of(domain)


def _brand_of(domain: str) -> Iterator[Trace]:
    labels: Sequence[str] = [label for label in domain.split(".")[:-1] if label not in PUBLIC_SUFFIXES]
    if labels and len(labels[-1]) >= MIN_BRAND:
        yield Trace(TraceKind.BRAND, labels[-1])
