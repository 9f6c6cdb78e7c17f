"""The assistant's domain and rules, and the processes: web application, worker, supervisor, command line."""

import logging

# Warnings of libraries to their authors would bury what an operator has to see.
logging.captureWarnings(True)
logging.getLogger("py.warnings").setLevel(logging.CRITICAL)
