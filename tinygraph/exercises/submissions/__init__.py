"""What the students of a class have handed in, found without trusting any of it.

    entry       a file, in a folder or an archive, read only when it is needed
    archives    the entries in zip and tar files
    layouts     whose an entry is, in the layouts of learning platforms
    alphabet    the order of names
    file_names  which exercise an entry answers
    folders     the submissions of a class, and of one student

Nothing is unpacked to the disk, no link is followed, and no name is used as a path.
If something cannot be used, the rows of that student say why, and no others change.
"""
