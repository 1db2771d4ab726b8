"""`listserv moderate` on the screen: `desk` reads and decides, `account` and `prose` say what is shown, others show."""
