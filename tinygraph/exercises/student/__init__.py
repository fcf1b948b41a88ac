"""What students use: their folder or notebook, checks, hints and solutions."""
