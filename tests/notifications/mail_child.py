"""A process that sends queued mail as the worker's lane does, until it is killed: ``mail_child INSTANCE``."""

import sys
import time
from pathlib import Path

from marketplace.app import create_app
from marketplace.notifications.delivery import send_waiting
from tests.conftest import make_settings


def main() -> None:
    with create_app(make_settings(Path(sys.argv[1]))).app_context():
        print("started", flush=True)
        while True:
            if not send_waiting():
                time.sleep(0.02)


if __name__ == "__main__":
    main()
