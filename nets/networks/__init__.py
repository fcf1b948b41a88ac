"""Networks that are ready to train.

`slide_cnn`, `lenet5`, `vgg11`, `resnet20` and `mlp` classify images. `mlp` is for
tables, too, `Autoencoder` draws images again, and `GPT` writes texts. `python -m nets
train --network` knows them all.
"""

from .autoencoder import Autoencoder
from .feed_forward import mlp
from .gpt import GPT
from .lenet import lenet5
from .resnet import resnet20
from .slide import slide_cnn
from .vgg import vgg11

__all__ = [
    "GPT",
    "Autoencoder",
    "lenet5",
    "mlp",
    "resnet20",
    "slide_cnn",
    "vgg11",
]
