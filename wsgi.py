"""Entry point of web servers and of the ``flask`` command."""

import sys

from config import ConfigurationError
from marketplace.app import create_app

try:
    app = create_app()
except (ConfigurationError, OSError) as error:  # OSError: INSTANCE_PATH cannot be written
    sys.exit(f"Error: {error}")
