"""The roles of the guards' world, and groups of them."""

ROLES = (
    "visitor",
    *(f"{side} {role}" for side in ("own", "other") for role in
      ("enterprise", "researcher", "reviewer", "admin", "broker")),
    "invited", "expert", "district officer", "supervisor", "own zone officer", "other zone officer",
)  # fmt: skip
EVERYBODY = frozenset(ROLES)
OWN = frozenset(role for role in ROLES if role.startswith("own ") and role != "own zone officer")
OFFICERS = frozenset({"district officer", "supervisor", "own zone officer"})
NOBODY: frozenset[str] = frozenset()
