"""Complaints that an app hands over in parts: fields and pieces of files, kept on disk until they are submitted."""
