"""How the portal writes dates, where the framework's own habit is not everybody's."""
