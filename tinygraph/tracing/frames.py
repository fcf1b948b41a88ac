"""placeholder"""

from typing import Any


def save_gif(trace: Any, path: Any) -> None: ...
def save_frames(trace: Any, path: Any) -> None: ...
