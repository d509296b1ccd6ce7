"""A process that does due jobs of the test's actions until it is killed.

``job_child INSTANCE``. The handler of ``test.count`` makes a row, says so, and takes its time before it
returns: a kill that waits for the word hits the middle of its transaction.
"""

import sys
import time
from pathlib import Path

from sqlalchemy.orm import Session

from marketplace.app import create_app
from marketplace.core.jobs import handles, run_next
from marketplace.notifications.service import send_mail
from tests.conftest import make_settings

COUNT, DAWDLE = "test.count", 0.3  # seconds


@handles(COUNT)
def count(session: Session, obj: str) -> None:
    send_mail(session, "a@unit.example", obj, "一次")  # any row will do
    print("inside", flush=True)
    time.sleep(DAWDLE)


def main() -> None:
    with create_app(make_settings(Path(sys.argv[1]))).app_context():
        print("started", flush=True)
        while True:
            if not run_next(frozenset({COUNT})):
                time.sleep(0.02)


if __name__ == "__main__":
    main()
