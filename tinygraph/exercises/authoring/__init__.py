"""What teachers use to write exercises: a file to begin with, and the selftest."""
