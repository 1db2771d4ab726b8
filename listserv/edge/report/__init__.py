"""The report's forms that need a program or the disk: pages (PDF), Word files, the fonts they need, and writing them.

typst and python-docx are loaded when a form is made, never by other commands.
"""
