"""What the students of a class have handed in, found without trusting any of it.

    FOLDER/anna/09_softmax_vjp.py       a folder for each student,
    FOLDER/ben.zip                      or a zip file,
    FOLDER/carl.ipynb                   or a notebook: the functions in its code cells

Nothing is unpacked to the disk, no link is followed, and no name is used as a path.
If something cannot be used, the rows of that student say why, and no others change.
"""
