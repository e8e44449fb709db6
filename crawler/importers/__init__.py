"""Importers: files that people hand over."""
