"""What `listserv doctor` looks at outside: DNS, the database, the relay, the mailbox, the pages, and a mail of ours.

Each file has one function that gives findings (core/mail/compliance) and raises nothing; none changes anything but that
a mailbox gets the folders it lacks, as `serve` would make them.
"""
