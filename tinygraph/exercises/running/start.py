"""The script with which a worker process starts, as `python -I start.py`.

It imports the package that it lies in without the rest of tinygraph, which a student's
process must not find.
"""

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    folder = Path(__file__).parent
    sys.path.insert(0, str(folder.parent))
    worker = importlib.import_module(f"{folder.name}.worker")
    forking = importlib.import_module(f"{folder.name}.forking")
    del sys.path[0]
    worker.work(forking.fork_on_request() if "--nursery" in sys.argv else None)
