"""Convolution and pooling on plain arrays: where speed outranks plainness.

Nothing here knows of tensors, graphs or gradients.
"""
