"""A page on this machine that follows a training run, `nets train --live`.

It is served to this machine alone, under an address that nobody can guess, and ends
with the run. The page has nothing from elsewhere.
"""

from .following import Following as Following
from .following import following as following
