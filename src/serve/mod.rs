//! HTTP in: what others post to us, over loopback, bounded. Must not know what it is about.

mod inbox;

pub use inbox::{BODY_LIMIT, Inbox, Read, WAITING};
