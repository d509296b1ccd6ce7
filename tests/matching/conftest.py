"""A small library, indexed once with the real model, that the reading tests of this folder share."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.demands.choices import CooperationMode, DemandKind, Disclosure
from marketplace.indexing.runtime import SearchRuntime
from marketplace.listings.choices import SecrecyVerdict, Stage
from marketplace.organisations.choices import OrganisationKind
from marketplace.results.choices import TransferMode
from marketplace.results.service import TransferData
from marketplace.worker.lanes import drain
from search.encoder import SentenceTransformerEncoder
from search.model_store import ModelInfo
from tests.conftest import Client, make_settings, use_encoder
from tests.factories import PASSWORD, Factory

WAN = 1_000_000  # 分
MASKED_OWNER = "津港精机制造有限公司"


@dataclass
class Library:
    """The site with its rows; ``urls``: pages of the listings by the name used in the tests."""

    app: Flask
    urls: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)  # e-mails

    @property
    def runtime(self) -> SearchRuntime:
        found: SearchRuntime = self.app.extensions["search"]
        return found

    def client(self, person: str = "") -> FlaskClient:
        client = self.app.test_client()
        if person:
            data = {"email": self.people[person], "password": PASSWORD}
            assert client.post("/login", data=data).status_code == 302
        return client


@pytest.fixture(scope="package")
def library(
    tmp_path_factory: pytest.TempPathFactory,
    migrated_database: Path,
    model_info: ModelInfo,
    encoder: SentenceTransformerEncoder,
) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("library")
    shutil.copy(migrated_database, folder / "site.db")
    app = create_app(make_settings(folder))
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Client
    runtime = use_encoder(app, model_info, encoder)
    library = Library(app)
    with app.app_context():
        _fill(library, Factory())
        drain(runtime)
    yield library
    with app.app_context():
        db.engine.dispose()


def _fill(library: Library, make: Factory) -> None:
    maker, researcher = make.staffed(name="滨海储能科技有限公司", short_name="滨海储能")
    university, professor = make.staffed(
        name="海河理工大学", short_name="海河理工", kind=OrganisationKind.UNIVERSITY, zone="thip"
    )
    hidden, engineer = make.staffed(name=MASKED_OWNER, short_name="津港精机", zone="thip")
    rows = {
        "battery": make.result(maker, researcher),
        "spindle": make.result(
            university,
            professor,
            title="五轴机床主轴与转台热漂移在线补偿",
            field="equipment",
            cluster="high-end-manufacturing",
            summary="用十二路温度传感器建立热误差模型，在系统内实时修正坐标，孔位漂移由 27 μm 降到 6 μm。",
            innovation="按工况切换的分段热误差模型，不改动机床铸件。",
            applications="航空结构件与模具加工。",
            keywords=("热误差补偿", "五轴机床", "数控系统"),
            stage=Stage.LAB,
            trl=4,
            transfers=(TransferData(mode=TransferMode.CO_DEVELOPMENT),),
            indicators=(),
        ),
        "membrane": make.result(
            university,
            professor,
            title="海水淡化反渗透膜抗污染涂层",
            field="ocean",
            summary="两性离子聚合物涂层使膜通量在高藻海水中三个月下降不到百分之八，清洗周期延长一倍。",
            innovation="常温浸涂即可固化，现有膜元件可以现场处理。",
            applications="海水淡化厂与海上平台。",
            keywords=("海水淡化", "反渗透膜", "抗污染"),
            stage=Stage.INDUSTRIAL,
            trl=8,
            transfers=(TransferData(mode=TransferMode.NON_EXCLUSIVE, price=30 * WAN),),
            indicators=(),
        ),
        "welding": make.result(
            maker,
            researcher,
            title="<script>alert(1)</script>焊接机器人视觉引导",
            field="unmanned",
            summary="双目结构光识别坡口 & 焊缝<b>余高</b>，示教时间由两小时缩到十分钟。",
            innovation="弧光干扰下的亚像素条纹提取。",
            applications="钢结构与船舶。",
            keywords=("焊接机器人", "视觉引导", "结构光"),
            indicators=(),
        ),
        "fast-charging": make.demand(maker, researcher),
        "masked": make.demand(
            hidden,
            engineer,
            title="大型龙门机床早班孔位超差的热漂移抑制",
            kind=DemandKind.UPGRADE,
            field="equipment",
            difficulty="早班首件孔位超差二十微米，主轴热漂移使全天尺寸不稳，希望不改铸件并把漂移控制在八微米以内。",
            research="温度场测量与在线热误差补偿。",
            basis="有两台龙门机床可供试验。",
            keywords=("热漂移", "龙门机床", "热误差补偿"),
            cooperation=(CooperationMode.JOINT,),
            stages=(Stage.PILOT, Stage.INDUSTRIAL),
            disclosure=Disclosure.MASKED,
            budget=None,
            indicators=(),
        ),
        "directed": make.demand(
            maker,
            researcher,
            title="电池舱海水冷却系统的防生物附着",
            field="ocean",
            difficulty="海水换热板上藤壶与藻类附着快，三个月换热效率下降三成，化学清洗影响排放。",
            keywords=("防附着", "海水冷却", "换热板"),
            directed_to=(university,),
            indicators=(),
        ),
    }
    controlled = make.result(
        maker,
        researcher,
        published=False,
        title="仅受控的隔膜陶瓷涂覆配方",
        keywords=("隔膜", "涂覆", "陶瓷"),
    )
    make.publish(controlled, researcher, SecrecyVerdict.CONTROLLED)
    rows["controlled"] = controlled
    rows["draft"] = make.result(maker, researcher, published=False, title="还没有发布的负极补锂方法")
    for name, row in rows.items():
        noun = "results" if row.__tablename__ == "result" else "demands"
        library.urls[name] = f"/{noun}/{row.public_id}"
    library.people = {"maker": researcher.email, "university": professor.email, "hidden": engineer.email}
    library.people["officer"] = make.officer().email
