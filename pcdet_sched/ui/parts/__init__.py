"""What every page is made of: HTML, charts, style, routes."""
