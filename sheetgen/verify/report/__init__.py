"""Views of the findings: text, JSON, JUnit, Markdown and GitHub annotations."""
