//! Entries on disk: format, chain, hybrid clock, writer, reader, merge, verify.
