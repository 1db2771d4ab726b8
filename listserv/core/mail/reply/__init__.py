"""What the author of a reply wrote, told apart from everything else that stands in their mail."""

from listserv.core.mail.reply.extractor import Extract, extract

__all__ = ["Extract", "extract"]
