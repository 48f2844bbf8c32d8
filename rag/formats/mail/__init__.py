"""Mails, their threads and attachments."""
