"""What to use instead of NumPy's functions that are refused."""

PLAIN = "use tensor.data for the plain array"
WRITES = "it writes into its argument: use np.where(condition, new, tensor)"

REMEDIES: dict[str, str] = {
    **dict.fromkeys(
        ("np.copyto", "np.put", "np.putmask", "np.place", "np.fill_diagonal"), WRITES
    ),
}
