"""What to use instead of NumPy's functions that are refused."""

PLAIN = "use tensor.data for the plain array"
COMPLEX = (
    "its numbers are complex, and tensors are real: tg.fft.rfft and tg.fft.irfft have "
    "the real and the imaginary part along a last axis of two"
)
WRITES = "it writes into its argument: use np.where(condition, new, tensor)"

REMEDIES: dict[str, str] = {
    **dict.fromkeys(
        ("np.copyto", "np.put", "np.putmask", "np.place", "np.fill_diagonal"), WRITES
    ),
    **{
        f"np.fft.{name}{axes}": COMPLEX
        for name in ("fft", "ifft", "rfft", "irfft")
        for axes in ("", "2", "n")
    },
    **dict.fromkeys(("np.fft.hfft", "np.fft.ihfft"), COMPLEX),
    **dict.fromkeys(
        ("np.linalg.eig", "np.linalg.eigvals"),
        "eigenvalues are complex numbers, and tensors are real: use np.linalg.eigh or "
        "np.linalg.eigvalsh of a symmetric matrix, np.linalg.svd of another, or "
        "tensor.data for the plain array",
    ),
    "np.linalg.matrix_rank": "a rank is an integer: use "
    "np.linalg.matrix_rank(tensor.data)",
}
