"""What teachers use who write exercises: a file to begin with, and the selftest."""
