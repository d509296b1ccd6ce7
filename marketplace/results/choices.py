"""Vocabularies of the result form (科技成果登记)."""

from marketplace.core.choices import Choice


class ResultSource(Choice):
    NATIONAL = "national", "国家财政资助"
    PROVINCIAL = "provincial", "省财政资助"
    MUNICIPAL = "municipal", "市财政资助"
    SELF = "self", "自主研发"
    COMMISSIONED = "commissioned", "企事业委托"
    JOINT = "joint", "合资合作"


class ResultForm(Choice):
    TECHNOLOGY = "technology", "新技术"
    PROCESS = "process", "新工艺"
    PRODUCT = "product", "新产品"
    MATERIAL = "material", "新材料"
    EQUIPMENT = "equipment", "新装备"
    MEDICINE = "medicine", "生物医药品种"
    VARIETY = "variety", "动植物新品种"
    SOFTWARE = "software", "软件"
    STANDARD = "standard", "标准"
    OTHER = "other", "其他"


class ResultOrigin(Choice):
    """属性."""

    ORIGINAL = "original", "原始创新"
    ABSORBED = "absorbed", "消化吸收再创新"
    SECONDARY = "secondary", "国内技术二次开发"


class ResultLevel(Choice):
    """水平: anything but UNRATED needs evaluator, report number and date."""

    INTERNATIONAL_LEADING = "international_leading", "国际领先"
    INTERNATIONAL_ADVANCED = "international_advanced", "国际先进"
    NATIONAL_LEADING = "national_leading", "国内领先"
    NATIONAL_ADVANCED = "national_advanced", "国内先进"
    UNRATED = "unrated", "未评价"


class EvaluationMethod(Choice):
    THIRD_PARTY = "third_party", "第三方评价"
    ACCEPTANCE = "acceptance", "验收"
    REVIEW = "review", "评审"
    TEST = "test", "检测"
    ADMISSION = "admission", "行业准入"
    APPRAISAL = "appraisal", "鉴定(历史)"
    OTHER = "other", "其他"


class ApplicationStatus(Choice):
    NOT_USED = "not_used", "未应用"
    TRIAL = "trial", "试用"
    SMALL = "small", "小批量应用"
    STABLE = "stable", "稳定应用"
    STOPPED = "stopped", "已停用"


class IPKind(Choice):
    INVENTION = "invention", "发明"
    UTILITY = "utility", "实用新型"
    DESIGN = "design", "外观设计"
    SOFTWARE = "software", "软件著作权"
    LAYOUT = "layout", "集成电路布图"
    PLANT = "plant", "植物新品种"
    SECRET = "secret", "技术秘密"


class IPLegalStatus(Choice):
    FILED = "filed", "已申请"
    EXAMINED = "examined", "实质审查"
    GRANTED = "granted", "已授权"
    REGISTERED = "registered", "已登记"
    LAPSED = "lapsed", "已失效"
    UNREGISTERED = "unregistered", "不适用"


class IPEncumbrance(Choice):
    """质押/许可状态."""

    NONE = "none", "无"
    PLEDGED = "pledged", "已质押"
    LICENSED = "licensed", "已许可"


class TransferMode(Choice):
    """转化方式."""

    ASSIGNMENT = "assignment", "转让"
    EXCLUSIVE = "exclusive", "独占许可"
    SOLE = "sole", "排他许可"
    NON_EXCLUSIVE = "non_exclusive", "普通许可"
    EQUITY = "equity", "作价入股"
    CO_DEVELOPMENT = "co_development", "合作开发"
    SERVICE = "service", "技术服务"
    SELF_USE = "self_use", "自行实施"


class Empowerment(Choice):
    """赋权情况."""

    NONE = "none", "未赋权"
    OWNERSHIP = "ownership", "所有权"
    LONG_USE = "long_use", "长期使用权"


class FinancingKind(Choice):
    NONE = "none", "无"
    PLEDGE = "pledge", "质押"
    EQUITY = "equity", "股权"
    FUND = "fund", "基金"
    INSURANCE = "insurance", "保险"
