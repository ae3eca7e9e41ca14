//! One recorder a host: the console that holds the lock polls and writes verdicts; the others follow what it sees.

mod follow;
mod lock;
mod share;

pub use follow::follow;
pub use lock::{RecorderLock, SocketFolder};
pub use share::Share;
