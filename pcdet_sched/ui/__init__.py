"""The web app's pages, piece by piece; the only package here that imports streamlit."""
