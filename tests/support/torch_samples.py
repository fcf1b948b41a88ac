"""From PyTorch's operations to ours: the words that each of them is called with.

`TRANSLATIONS` maps a name in PyTorch's list of operations to a function of the same
arguments that calls ours. Add a line for a new operation: its name where it is called
alike, or else a function, of which `torch_words.py` has many.
"""

import numpy as np
import torch_words as words
from torch_words import named

import tinygraph as tg

SAME = """
abs ceil cos cosh deg2rad erf exp exp2 expm1 floor log log10 log1p log2 nan_to_num
positive rad2deg reciprocal sigmoid sign sin sinc sinh sqrt square tan tanh trunc
fliplr flipud ravel angle copysign fmax fmin float_power fmod heaviside hypot inner kron
logaddexp logaddexp2 matmul maximum minimum outer remainder dot vdot diag tril triu take
"""
OTHER_NAMES = {
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "bmm": "matmul",
    "mm": "matmul",
    "movedim": "moveaxis",
    "mul": "multiply",
    "mv": "matmul",
    "neg": "negative",
    "nn.functional.linear": "linear",
    "pow": "power",
    "t": "transpose",
    "transpose": "swapaxes",
    "true_divide": "divide",
    "unsqueeze": "expand_dims",
}
OPERATORS = {
    "__getitem__": lambda x, index: x[index],
    "__radd__": lambda x, y: y + x,
    "__rdiv__": lambda x, y: y / x,
    "__rmatmul__": lambda x, y: y @ x,
    "__rmod__": lambda x, y: y % x,
    "__rmul__": lambda x, y: y * x,
    "__rpow__": lambda x, y: y**x,
    "__rsub__": lambda x, y: y - x,
    "T": lambda x: x.T,
    "add": lambda x, y, alpha=1: x + y * alpha,
    "addcdiv": lambda a, x, y, value=1: a + value * x / y,
    "addcmul": lambda a, x, y, value=1: a + value * x * y,
    "addmm": words.added_product,
    "addmv": words.added_product,
    "baddbmm": words.added_product,
    "clone": lambda x: +x,
    "contiguous": lambda x: +x,
    "frac": lambda x: x - tg.trunc(x),
    "lerp": lambda x, y, w: x + w * (y - x),
    "mT": lambda x: tg.swapaxes(x, -1, -2),
    "rsqrt": lambda x: 1.0 / tg.sqrt(x),
    "rsub": lambda x, y, alpha=1: y - x * alpha,
    "sub": lambda x, y, alpha=1: x - y * alpha,
}
ELEMENTWISE = {
    "clamp": lambda x, min=None, max=None: tg.clip(x, min, max),
    "clamp_max": lambda x, bound: tg.minimum(x, bound),
    "clamp_min": lambda x, bound: tg.maximum(x, bound),
    "div": words.divided,
    "ldexp": words.scaled_by_twos,
    "logit": words.logit,
    "masked_fill": lambda x, mask, value: tg.where(mask, value, x),
    "max": words.whole(tg.max),
    "min": words.whole(tg.min),
    "where": lambda x, condition, y: tg.where(condition, x, y),
}
ACTIVATIONS = {
    "elu": words.not_in_place(tg.elu),
    "gelu": lambda x, approximate="none": tg.gelu(x, approximate),
    "hardtanh": words.not_in_place(
        lambda x, min_val=-1.0, max_val=1.0: tg.clip(x, min_val, max_val)
    ),
    "leaky_relu": words.not_in_place(tg.leaky_relu),
    "logsigmoid": lambda x: -tg.softplus(-x),
    "mish": words.not_in_place(lambda x: x * tg.tanh(tg.softplus(x))),
    "relu": words.not_in_place(tg.relu),
    "relu6": words.not_in_place(lambda x: tg.clip(x, 0.0, 6.0)),
    "silu": words.not_in_place(tg.silu),
    "softmin": words.along(lambda x, axis: tg.softmax(-x, axis=axis)),
    "softplus": words.softened,
    "softsign": lambda x: x / (1.0 + abs(x)),
    "tanhshrink": lambda x: x - tg.tanh(x),
}
LOSSES = {
    "binary_cross_entropy": words.loss("binary_cross_entropy"),
    "binary_cross_entropy_with_logits": words.loss("binary_cross_entropy_with_logits"),
    "cosine_similarity": words.similarity,
    "cross_entropy": words.loss("cross_entropy"),
    "huber_loss": words.loss("huber_loss"),
    "kl_div": words.loss("kl_div"),
    "l1_loss": words.loss("l1_loss"),
    "mse_loss": words.mean_squared,
    "nll_loss": words.loss("nll_loss"),
    "smooth_l1_loss": words.loss("smooth_l1_loss"),
}
IMAGES = {
    **{
        name: words.convolution(name)
        for name in ("conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d")
    },
    **{
        name: words.pooling(name)
        for name in ("max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d")
    },
    "adaptive_avg_pool1d": words.adaptive("adaptive_avg_pool1d"),
    "adaptive_avg_pool2d": words.adaptive("adaptive_avg_pool2d"),
    "pad": words.padded,
    "unfold": words.unfolded,
}
REDUCTIONS = {
    "amax": words.reduction(tg.max),
    "amin": words.reduction(tg.min),
    "corrcoef": words.of_axes(tg.corrcoef),
    "cov": words.covariance,
    "cumprod": words.along(tg.cumprod),
    "cumsum": words.along(tg.cumsum),
    "diff": words.different,
    "log_softmax": words.along(tg.log_softmax),
    "logsumexp": words.reduction(tg.logsumexp),
    "mean": words.reduction(tg.mean),
    "nanmean": words.reduction(tg.nanmean),
    "nanquantile": words.quantiles(tg.nanquantile),
    "nansum": words.reduction(tg.nansum),
    "prod": words.reduction(tg.prod),
    "quantile": words.quantiles(tg.quantile),
    "softmax": words.along(tg.softmax),
    "std": words.spread(tg.std),
    "sum": words.reduction(tg.sum),
    "trapezoid": lambda y, x=None, dim=-1, dx=1.0: tg.trapezoid(y, x, dx, dim),
    "var": words.spread(tg.var),
}
SHAPES = {
    "atleast_1d": words.one_array(tg.atleast_1d),
    "atleast_2d": words.one_array(tg.atleast_2d),
    "atleast_3d": words.one_array(tg.atleast_3d),
    "broadcast_to": lambda x, shape: words.expanded(x, shape),
    "cat": words.concatenated,
    "column_stack": words.joined(tg.column_stack),
    "diagflat": lambda x, offset=0: tg.diagflat(x, offset),
    "diagonal": lambda x, offset=0, dim1=0, dim2=1: tg.diagonal(x, offset, dim1, dim2),
    "dstack": words.joined(tg.dstack),
    "expand": words.expanded,
    "flatten": words.flattened,
    "flip": lambda x, dims: tg.flip(x, tuple(dims)),
    "gather": words.taken_along,
    "hstack": words.joined(tg.hstack),
    "index_select": lambda x, dim, index: tg.take(x, index, axis=dim),
    "masked_select": words.masked,
    "msort": words.of_axes(lambda x: tg.sort(x, axis=0)),
    "narrow": words.narrowed,
    "permute": words.of_axes(lambda x, dims: tg.transpose(x, tuple(dims))),
    "repeat": words.tiled,
    "repeat_interleave": words.repeated,
    "reshape": words.shaped(tg.reshape),
    "roll": words.rolled,
    "rot90": lambda x, k=1, dims=(0, 1): tg.rot90(x, k, tuple(dims)),
    "select": lambda x, dim, index: tg.take(x, index, axis=dim),
    "sort": words.sorted_values,
    "squeeze": lambda x, dim=None: tg.squeeze(x) if dim is None else words.refuse(),
    "stack": lambda arrays, dim=0: tg.stack(list(arrays), axis=dim),
    "tile": words.tiled,
    "unbind": words.unbound,
    "view": words.shaped(tg.reshape),
    "vstack": words.joined(tg.vstack),
}
MATRICES = {
    "cross": lambda x, y, dim=None: (
        words.refuse() if dim is None else tg.cross(x, y, axis=dim)
    ),
    "einsum": words.einsum,
    "linalg.cholesky": words.cholesky,
    "linalg.cross": lambda x, y, dim=-1: tg.cross(x, y, axis=dim),
    "linalg.det": lambda x: np.linalg.det(x),
    "linalg.diagonal": lambda x, offset=0, dim1=-2, dim2=-1: tg.diagonal(
        x, offset, dim1, dim2
    ),
    "linalg.eigvalsh": lambda x, UPLO="L": np.linalg.eigvalsh(x, UPLO=UPLO),
    "linalg.inv": lambda x: np.linalg.inv(x),
    "linalg.matrix_norm": words.matrix_norm,
    "linalg.matrix_power": lambda x, n: np.linalg.matrix_power(x, n),
    "linalg.multi_dot": lambda arrays: np.linalg.multi_dot(list(arrays)),
    "linalg.pinv": words.pinv,
    "linalg.slogdet": lambda x: np.linalg.slogdet(x)[1],
    "linalg.solve": words.solved,
    "linalg.svdvals": lambda x: np.linalg.svd(x, compute_uv=False),
    "linalg.vecdot": lambda x, y, dim=-1: tg.vecdot(x, y, axis=dim),
    "linalg.vector_norm": words.vector_norm,
    "tensordot": words.tensordot,
    "trace": tg.ops.trace,
}
FUNCTIONAL = {
    f"nn.functional.{name}": call
    for name, call in {**ACTIVATIONS, **LOSSES, **IMAGES}.items()
}
TRANSLATIONS = {
    **named({name: name for name in SAME.split()} | OTHER_NAMES),
    **OPERATORS,
    **ELEMENTWISE,
    **FUNCTIONAL,
    **REDUCTIONS,
    **SHAPES,
    **MATRICES,
}
# Variants of an operation that have no sample which translates, and why.
NONE = {
    "ldexp": "exponents are tensors of fractions",
    "nn.functional.softplus": "another beta, and a threshold",
    "max-reduction_with_dim": "max gives indices, too",
    "min-reduction_with_dim": "min gives indices, too",
    "max-binary": "maximum has the samples",
    "min-binary": "minimum has the samples",
    "softmax-with_dtype": "there is no dtype",
    "log_softmax-with_dtype": "there is no dtype",
    "nn.functional.softmin-with_dtype": "there is no dtype",
    "nn.functional.pad-replicate_negative": "there is no negative width",
    "squeeze-multiple": "axes that are not of one element are refused",
    "linalg.pinv-singular": "made of two factors",
    "linalg.pinv-hermitian": "there is no such option",
}
