"""What people do again and again in the browser: log in, register, fill a form, send it, decide on it."""

import email
import email.policy
import re
import secrets
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from marketplace.core import clock
from marketplace.organisations.credit_code import ALPHABET, check_character
from tests.e2e.conftest import INSTANCE
from tests.e2e.contents import DEMAND, RESULT

PASSWORD = "binhai-2026"
OWN_PASSWORD = "青苔爬上旧码头 42"  # of people who register here
# Sample people of 滨岸理工大学 (开发区) and of the bureau.
RESEARCHER, REVIEWER = "tan-yuheng@binan-tech.example", "min-suzhen@binan-tech.example"
REVIEWER_NAME = "闵素贞"
OFFICER, OFFICER_OF_TEDA = "zhu-yunping@bureau.example", "wu-jianhe@bureau.example"
BROKER = "chai-wenbin@qiaoliang-transfer.example"
PAPER = {"name": "证照.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
MAIL_TIME = INDEX_TIME = 60.0  # seconds; the worker looks every second or so, a busy machine is slower


def unique() -> str:
    """Letters that no earlier run on the same instance folder has used."""
    return secrets.token_hex(3)


def log_in(page: Page, address: str, password: str = PASSWORD) -> None:
    page.goto("/login")
    page.get_by_label("邮箱").fill(address)
    page.get_by_label("密码", exact=True).fill(password)
    page.locator("main").get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_text("您已登录")).to_be_visible()


def mailed_path(recipient: str, start: str) -> str:
    """The path of the link in the newest mail to this address; the worker writes it soon."""
    deadline = time.monotonic() + MAIL_TIME
    while time.monotonic() < deadline:
        for file in sorted((INSTANCE / "mailbox").glob("*.eml"), reverse=True)[:50]:
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            if recipient in str(message["To"]):
                for link in re.findall(r"https?://\S+", str(message.get_content())):
                    if (path := urlsplit(link).path).startswith(start):
                        return str(path)
        time.sleep(0.3)
    raise AssertionError(f"no mail to {recipient} with a link {start}…")


def register(page: Page, name: str, address: str) -> None:
    """Register, follow the mailed link in the same browser, arrive logged in."""
    page.goto("/register")
    page.get_by_label("姓名").fill(name)
    page.get_by_label("邮箱").fill(address)
    page.get_by_label("密码", exact=True).fill(OWN_PASSWORD)
    page.locator("#terms").check()
    page.locator("main").get_by_role("button", name="注册").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("确认邮件已发出")
    page.goto(mailed_path(address, "/register/confirm/"))
    page.get_by_role("button", name="确认邮箱并登录").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"欢迎，{name}")


def credit_code() -> str:
    """A code whose check digit fits, of a division that does not exist."""
    first17 = "91999999" + "".join(secrets.choice(ALPHABET) for _ in range(9))
    return first17 + check_character(first17)


def found_enterprise(page: Page, name: str, short_name: str) -> None:
    """Register an enterprise of the 开发区 with its papers."""
    page.goto("/organisations/join")
    page.get_by_role("link", name="登记新单位").click()
    form = page.locator("main form.panel")
    texts = {"name": name, "short_name": short_name, "credit_code": credit_code(),
             "legal_person": "温知远", "address": f"试验路 {secrets.randbelow(900) + 100} 号"}  # fmt: skip
    for field, text in texts.items():
        form.locator(f"[name={field}]").fill(text)
    form.locator("[name=kind]").select_option("enterprise")
    form.locator("[name=zone]").select_option("teda")
    for paper in ("licence", "authorisation"):
        form.locator(f"[name={paper}]").set_input_files(PAPER)  # type: ignore[arg-type]  # a FilePayload
    form.get_by_role("button", name="登记并提交核验").click()
    expect(page.locator("main")).to_contain_text("等待科技局核验")


def verify(officer: Page, name: str) -> None:
    """An officer finds the organisation in the queue, sees both papers and agrees."""
    open_in_queue(officer, "organisation", name)
    expect(officer.get_by_role("link", name="证照.pdf")).to_have_count(2)
    officer.get_by_role("button", name="通过", exact=True).click()
    expect(officer.locator("[data-toast]")).to_contain_text("已通过")


def begin(page: Page, kind: str) -> None:
    page.goto(f"/{kind}s/new")
    page.get_by_role("button", name="空白填写").click()
    expect(page.locator("#draft-form")).to_be_visible()


def fill(page: Page, values: Mapping[str, Any]) -> None:
    """Type into the form of a draft; rows are added where they are missing."""
    form = page.locator("#draft-form")
    for name, value in values.items():
        field = form.locator(f"[name='{name}']")
        if "-0-" in name and not field.count():
            form.locator(f"[name='{name.partition('-')[0]}-add']").click()
        if isinstance(value, list):
            for code in value:
                form.locator(f"[name='{name}'][value='{code}']").check()
        elif field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def fill_listing(page: Page, kind: str, title: str, contact: str = "", **changed: Any) -> None:
    """Fill every required field; the mark says that the draft was saved meanwhile."""
    until = (clock.now() + timedelta(days=200)).date().isoformat()
    fill(page, (RESULT if kind == "result" else DEMAND) | {"title": title, "valid_until": until} | changed)
    if contact:
        page.locator("#draft-form [name=contact]").select_option(label=contact)
    page.locator("#draft-form [name=title]").focus()
    expect(page.locator("[data-autosave]")).to_contain_text("草稿已于", timeout=15_000)


def send(page: Page) -> str:
    """核对并提交, with all that is asked for there; the path of the listing."""
    page.get_by_role("button", name="核对并提交").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("核对并提交")
    for box in ("not_duplicate", "masking_acknowledged", "nothing_classified"):
        if page.locator(f"[name={box}]").count():  # asked for only where there is something to say
            page.locator(f"[name={box}]").check()
    if page.locator("[name=secrecy]").count():
        page.locator("[name=secrecy][value=public]").check()
    page.locator("section[aria-labelledby=send-title] button[type=submit]").click()
    page.wait_for_url(re.compile(r"/(results|demands)/\w+$"))
    return urlsplit(page.url).path


def edit(page: Page, listing: str) -> None:
    """From the page of a listing to the draft of its edit."""
    page.goto(listing)
    page.locator("#life").get_by_role("link", name="修改内容").click()
    page.get_by_role("button", name="开始修改").click()
    expect(page.locator("#draft-form")).to_be_visible()


def open_review(reviewer: Page, title: str) -> None:
    reviewer.goto("/review")
    reviewer.get_by_role("link", name=title).click()
    expect(reviewer.get_by_role("heading", level=1)).to_have_text(title)


def approve_in_house(reviewer: Page, title: str) -> None:
    """单位审核 with 保密审查."""
    open_review(reviewer, title)
    reviewer.locator("[name=secrecy][value=public]").check()
    reviewer.get_by_role("button", name="通过，转主管部门").click()
    expect(reviewer.get_by_text("已通过，转主管部门审核")).to_be_visible()


def open_in_queue(officer: Page, kind: str, title: str) -> None:
    """Find what waits, also on the later pages of the queue, and open it."""
    officer.goto(f"/queue?kind={kind}")
    row = officer.locator(".queue-row a", has_text=title)
    while not row.count():
        officer.locator(".pager a[rel=next]").click()
    row.click()
    expect(officer.locator(".queue-content, .queue-item").first).to_contain_text(title)


def publish(officer: Page, kind: str, title: str) -> None:
    open_in_queue(officer, kind, title)
    officer.get_by_role("button", name="发布", exact=True).click()
    expect(officer.locator("[data-toast]")).to_be_visible()


def submit_result(researcher: Page, title: str, contact: str = "谭宇衡") -> str:
    begin(researcher, "result")
    fill_listing(researcher, "result", title, contact)
    path = send(researcher)
    expect(researcher.locator("#life")).to_contain_text("单位审核")
    return path
