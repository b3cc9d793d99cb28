"""What the templates of all apps share: icons, charts, page numbers."""
