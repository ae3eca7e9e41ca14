//! etcd as a carrier between hosts: one key for each entry, created only if absent, watched from the last revision on. The files here
//! are the truth; whatever the cluster does, a console works on.

mod books;
mod carrier;
mod chain;
mod check;
mod fault;
mod gateway;
mod key;
mod saved;
mod session;
mod shelf;
mod shelves;
mod standing;
mod stream;
mod wake;
mod wire;

pub use carrier::{Carrier, Carrying};
pub use check::{Check, check};
pub use standing::{Level, Standing};
