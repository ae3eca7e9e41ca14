//! The terminal: taken over and given back whole, written to in single frames, read from by a thread of its own.

mod backend;
mod guard;
mod input;
mod pen;

pub use backend::FrameBackend;
pub use guard::{TerminalGuard, TtyError, give_back};
pub use input::{Input, listen, window_size};
pub use pen::{Frame, Pen, Written};
