"""A trace as a film: its frames, and the files that they are saved to."""
