//! Runbooks that come from a git repository: fetched by the system's git, verified, mirrored, and laid on the shelf.

mod extract;
mod fetch;
mod git_call;
mod laid;
mod signers;

pub use fetch::{FetchError, Order, fetch};
pub use laid::{shelf, standing};
pub use signers::Signers;
