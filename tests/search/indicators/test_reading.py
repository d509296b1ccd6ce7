"""What the reader of 指标 makes of texts: operators, ranges, units, conditions; and what is no indicator."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.indicators import Indicator, Operator, read_indicators

Row = tuple[str, float | None, float | None, str]


def rows(text: str) -> list[Row]:
    return [(str(row.operator), row.low, row.high, row.unit) for row in read_indicators(text)]


def one(text: str) -> Indicator:
    found = read_indicators(text)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("抗拉强度≥450MPa", (">=", 450, None, "MPa")),
        ("抗拉强度不低于450MPa", (">=", 450, None, "MPa")),
        ("抗拉强度大于等于450 MPa", (">=", 450, None, "MPa")),
        ("抗拉强度不得小于450兆帕", (">=", 450, None, "兆帕")),
        ("回收率达到95%以上", (">=", 95, None, "%")),
        ("硬度在60HRC以上", (">=", 60, None, "HRC")),
        ("含硫量600ppm多", (">=", 600, None, "ppm")),
        ("误差不超过0.5％", ("<=", None, 0.5, "%")),
        ("误差严禁超过0.5%", ("<=", None, 0.5, "%")),
        ("响应时间控制在20ms以内", ("<=", None, 20, "ms")),
        ("取块时间最多20秒", ("<=", None, 20, "秒")),
        ("效率大于90%", (">", 90, None, "%")),
        ("产品收率超过同行业80%的水平", (">", 80, None, "%")),
        ("噪音＜70分贝", ("<", None, 70, "分贝")),
        ("寿命不足3000小时", ("<", None, 3000, "小时")),
        ("热值约为4300大卡", ("=", 4300, 4300, "大卡")),
        ("炉温1700℃左右", ("=", 1700, 1700, "℃")),
        ("精度达到0.01mm", ("=", 0.01, 0.01, "mm")),
        ("效率提高30%以上", (">=", 30, None, "%")),
        ("定位精度优于0.1mm", ("<", None, 0.1, "mm")),
        ("注入剂量1×10¹⁶ions/cm²以上", (">=", 1e16, None, "ions/cm²")),
        ("真空度优于10^-6Pa", (">", 1e-6, None, "Pa")),
        ("漏率≤1×10-9 Pa·m3/s", ("<=", None, 1e-9, "Pa·m3/s")),
        ("导热系数≥1.5W/(m·K)", (">=", 1.5, None, "W/(m·K)")),
        ("密度2.6克/立方厘米", ("=", 2.6, 2.6, "克/立方厘米")),
        ("克容量400-600mAh/g", ("range", 400, 600, "mAh/g")),
        ("工作温度-40℃~85℃", ("range", -40, 85, "℃")),
        ("工作温度：-40～+85℃", ("range", -40, 85, "℃")),
        ("含水量12%---15%", ("range", 12, 15, "%")),
        ("金刚石采用100/120粒度", ("range", 100, 120, "粒度")),
        ("桥丝电阻在（2.4～2.9）Ω内", ("range", 2.4, 2.9, "Ω")),
        ("pH值6-9", ("range", 6, 9, "")),
        ("硬度HRC58-62", ("range", 58, 62, "HRC")),
        ("边界精度±2.5mm", ("range", -2.5, 2.5, "mm")),
        ("孔径50±0.2mm", ("range", 49.8, 50.2, "mm")),
        ("输入电压220V±10%", ("range", 198, 242, "V")),
        ("粒径50≤d≤80μm", ("range", 50, 80, "μm")),
        ("年产25万吨水泥", ("=", 250000, 250000, "吨")),
        ("年处理能力10余万吨", (">=", 100000, None, "吨")),
        ("产能5~10万吨/年", ("range", 50000, 100000, "吨/年")),
        ("弯折寿命三万次", ("=", 30000, 30000, "次")),
        ("储存温度零下18度以下", ("<=", None, -18, "度")),
        ("缺陷率降低百分之三十", ("=", 30, 30, "%")),
        ("成本低于3000元/吨", ("<", None, 3000, "元/吨")),
        ("处理量20000m3/h", ("=", 20000, 20000, "m3/h")),
        ("氧含量≤12ppma", ("<=", None, 12, "ppma")),
        ("蛋白质≥3.0g/100g", (">=", 3, None, "g/100g")),
        ("断头率降低至5根/千锭时以下", ("<=", None, 5, "根/千锭时")),
        ("齿轮传动比i=4.5", ("=", 4.5, 4.5, "")),
        ("支持10万个终端接入", ("=", 100000, 100000, "个")),
        ("总杂质不得过0.5%", ("<=", None, 0.5, "%")),
        ("头部氧低于 9 ppma，", ("<", None, 9, "ppma")),
        ("滴度2×10⁶到2.4×10⁷ TU/mL", ("range", 2e6, 2.4e7, "TU/mL")),
        ("粗糙度Ra0.8μm", ("=", 0.8, 0.8, "μm")),
        ("输入电压AC220V", ("=", 220, 220, "V")),
        ("密度在2.5~2.7之间", ("range", 2.5, 2.7, "")),
        ("抗原含量≥10^6.0TCID50/ml", (">=", 1e6, None, "TCID50/ml")),
        ("电压等级10kV-1000kV", ("range", 10, 1000, "kV")),
        ("流动性≤35s/50g", ("<=", None, 35, "s/50g")),
        ("单次合成产量达600克拉", ("=", 600, 600, "克拉")),
        ("年屠宰生猪100万头生产线", ("=", 1e6, 1e6, "头")),
        ("年产各类轴承500万套，产品出口", ("=", 5e6, 5e6, "套")),
        ("板形≤8I，", ("<=", None, 8, "I")),
        ("夹杂物A类≤1.5级", ("<=", None, 1.5, "级")),
        ("强度不低于设计强度的115%", (">=", 115, None, "%")),
        ("采样率2GSPS", ("=", 2, 2, "GSPS")),
        ("每吨加工成本不高于200元，设备投资500万元以内", ("<=", None, 200, "元")),
        ("饵料系数降到1.1。", ("=", 1.1, 1.1, "")),
        ("数字孪生平台支持1000个以上并发，模型加载快", (">=", 1000, None, "个")),
        ("极片压实密度1.75g/cc", ("=", 1.75, 1.75, "g/cc")),
        ("自由度6个，", ("=", 6, 6, "个")),
        ("强屈比≥1.26", (">=", 1.26, None, "")),
        ("信号动态范围常不超过4而无法采集", ("<=", None, 4, "")),
    ],
)  # fmt: skip
def test_one_row(text: str, expected: Row) -> None:
    assert rows(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("含硫量由1000ppm降至300ppm以下", [("=", 1000, 1000, "ppm"), ("<=", None, 300, "ppm")]),
        ("尺寸1200×600×50mm", [("=", n, n, "mm") for n in (1200, 600, 50)]),
        ("厚度10、20、30mm", [("=", n, n, "mm") for n in (10, 20, 30)]),
        ("电压等级110kV/10kV", [("=", 110, 110, "kV"), ("=", 10, 10, "kV")]),
        ("氨氮≤5（8）mg/L", [("<=", None, 5, "mg/L"), ("=", 8, 8, "mg/L")]),
        ("炉龄由3年延长到5年", [("=", 3, 3, "年"), ("=", 5, 5, "年")]),
        ("每班产量由原来的120件提高到200件", [("=", 120, 120, "件"), ("=", 200, 200, "件")]),
        ("50/60Hz市电", [("=", 50, 50, "Hz"), ("=", 60, 60, "Hz")]),
        ("深度1.2μm或0.2μm以上", [(">=", 1.2, None, "μm"), (">=", 0.2, None, "μm")]),
    ],
)
def test_several_rows(text: str, expected: list[Row]) -> None:
    assert rows(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2019年5月20日立项，2018-2020年实施，预计2025年底完成",
        "1、研究内容；2、预期目标。（3）现有基础 1.1研发",
        "联系电话13800138000或022-12345678",
        "执行GB/T 1234.5-2008和ISO9001标准，专利号ZL201510123456.7",
        "采用Q235钢板、GCr15轴承钢、304N不锈钢和316L材料",
        "防护等级IP67，5G通信，4K镜头，3D打印，工业4.0时代",
        "抗7级风，防摇二级，安全等级3级，支持1080P，提取三次",
        "H2SO4与Al2O3反应，2A12铝合金，40Cr，4N级高纯铜，7×24小时值守，追溯时缺几十秒",
        "产品毛利率30%，投资回收期3.5年，每年节约成本200万元，设备总价值1000余万元，材料费5万元",
        "拟投入1000万元研发经费，实现年利税100余万元，销售收入2亿元",
        "现有员工40人，其中本科及以上学历11人，专业技术人员占60%",
        "厂区占地面积25000平方米，基地6万亩",
        "研制样机1套，申请专利1～2项，发表论文3篇",
        "项目周期2年，公司具有30多年的历史，连续9年获评",
        "一种三维两相模型，第3代技术，配比为35:18:8",
        "现有检测设备20余台，生产线3条",
    ],
)  # fmt: skip
def test_no_indicators(text: str) -> None:
    assert rows(text) == []


@pytest.mark.parametrize(
    ("text", "name", "condition"),
    [
        ("在-40℃下容量保持率≥80%", "容量保持率", "-40℃下"),
        ("盐雾1000h后附着力不低于5MPa", "附着力", "盐雾1000h后"),
        ("60℃满电存储30天，容量保持率≥90%", "容量保持率", "60℃满电存储30天"),
        ("水泥28天抗压强度≥52.5MPa", "抗压强度", "水泥28天"),
        ("介电常数≤2.8（10GHz）", "介电常数", "10GHz"),
        ("失重≤2mg/cm2（130℃，95%RH，240h）", "失重", "130℃，95%RH，240h"),
        ("粘度（25℃）≥11000mPa·s", "粘度", "25℃"),
        ("使用温度≥1200℃", "使用温度", ""),
        ("3）抗拉强度：不低于450MPa", "抗拉强度", ""),
        ("掘进效率提高20%", "掘进效率提高", ""),
        ("粉末粒径D50为3-5μm", "粉末粒径D50", ""),
        ("支持16K上下文", "上下文", ""),
        ("实现90%以上的回收率", "回收率", ""),
    ],
)
def test_name_and_condition(text: str, name: str, condition: str) -> None:
    row = one(text)
    assert (row.name, row.condition) == (name, condition)


def test_from_a_to_b_is_present_and_wanted() -> None:
    before, after = read_indicators("将切割精度由±2.5mm提升到±1.5mm")
    assert before.present and not after.present


def test_what_is_now_is_told_from_what_is_wanted() -> None:
    now, wanted = read_indicators("目前只能达到80%，要求达到95%以上。")
    assert now.present and not wanted.present


def test_text_is_the_exact_place() -> None:
    text = "要求：抗拉强度 不低于 ４５０ MPa，密度＜2.7 g/cm³。"
    assert [row.text for row in read_indicators(text)] == ["不低于 ４５０ MPa", "＜2.7 g/cm³"]
    assert all(text[row.start : row.end] == row.text for row in read_indicators(text))


PIECES = st.sampled_from(
    [
        "不低于",
        "≥",
        "±",
        "~",
        "-",
        "到",
        "10",
        "3.5",
        "１",
        "万",
        "亿",
        "三",
        "百分之",
        "℃",
        "mm",
        "/",
        "(",
        ")",
        "×10",
        "¹⁶",
        "^",
        "以上",
        "以内",
        "约",
        "由",
        "提升至",
        "，",
        "。",
        "年",
        "m3/h",
        "W/(m·K)",
        "E",
        "GB/T",
        "第",
        "强度",
        "在",
        "下",
        "余",
        "多",
        ":",
        "、",
        "元",
        "个",
        "H",
        "HRC",
        "零下",
        ".",
        ",",
        "\x00",
    ]
)
SPACES = st.sampled_from(["", "", "", " ", "\n"])


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(st.one_of(PIECES, SPACES), max_size=60).map("".join)))
def test_any_text_gives_rows_that_hold_together(text: str) -> None:
    for row in read_indicators(text):
        assert row.text and text[row.start : row.end] == row.text
        assert (row.low is not None, row.high is not None) == {
            Operator.GE: (True, False), Operator.GT: (True, False),
            Operator.LE: (False, True), Operator.LT: (False, True),
        }.get(row.operator or Operator.EQ, (True, True))  # fmt: skip
        if row.low is not None and row.high is not None:
            assert row.low <= row.high
            assert row.operator is not Operator.EQ or row.low == row.high
        assert row.name == row.name.strip() and len(row.name) <= 12


@pytest.mark.parametrize(
    "piece", ["1", "1.", "一", "10×", "±1 ", "m·m/", "不低于", "(", "1-", "百分之", "第", "1、", "Hz "]
)
def test_long_texts_take_linear_time(piece: str) -> None:
    def took(size: int) -> float:
        text = (piece * size)[:size]
        begin = time.perf_counter()
        read_indicators(text)
        return time.perf_counter() - begin

    read_indicators(piece)  # compile the patterns
    assert min(took(20_000) for _ in range(3)) < 2.0
