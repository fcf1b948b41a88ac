"""NumPy's functions on tensors, which its stubs accept since NumPy 2.3."""

import numpy as np

import tinygraph as tg

x = np.ones((2, 3))
w = tg.Tensor(np.ones((3, 4)), requires_grad=True)

np.sum(x @ w).backward()
np.tanh(x @ w).sum().backward()
(np.maximum(x @ w, 0.0) @ w.T).mean().backward()
tg.mse(np.exp(x @ w) @ w.T, x).backward()
np.concatenate([w, w])
