"""A trace in a terminal: the screen after each step, and the keys that move on."""
