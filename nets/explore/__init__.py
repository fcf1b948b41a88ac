"""A page on which the slides' network computes, `nets explore`: see `page`."""

from .page import page as page
from .page import require_known as require_known
