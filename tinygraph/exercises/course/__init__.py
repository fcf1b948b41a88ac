"""What a teacher decides for a class: exercises, weights, due dates, the students."""
