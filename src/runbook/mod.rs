//! Runbooks: Markdown in, a model out, lint, and the pinned revision.
