//! What people wrote for us: config.toml and roster.toml, read into plain models with errors that name the line.
