"""The slides' CNN, where it used to be: see `nets.networks`."""

from .networks.slide import pooled_size as pooled_size
from .networks.slide import slide_cnn as slide_cnn
