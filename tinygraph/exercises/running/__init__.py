"""Running a student's functions in a process of their own.

Nothing here knows what the right answer is: a worker gets inputs and sends back arrays.
Its process imports this package alone, without the rest of tinygraph.
"""
