"""A trace as one self-contained page: template, style and scripts, and their data."""

from .filling import in_frame as in_frame
from .filling import page as page
