//! The post-mortem draft: a function of the entries.
