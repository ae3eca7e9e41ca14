//! Transports that carry other writers' chains: bundles (one file, for USB or chat) and etcd; how chains that met are merged.
//! Only shared chains ever pass here; nothing of `internal/` does.

pub mod bundle;
pub mod etcd;
mod fault;
mod merge;
mod outputs;

pub use fault::ShareError;
pub use merge::{Merged, merge};
pub use outputs::may_leave;
