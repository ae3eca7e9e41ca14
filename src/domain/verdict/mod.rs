//! Judgement, pure: observations in, verdicts with their reasons out. No clock, no network.

mod agreement;
mod bounds;
mod hold;
mod judge;
mod limits;
mod peer_view;
mod rules;
mod scope;
mod sentence;
mod track;

pub use bounds::exact;
pub use hold::{Hold, Level, Need, Turn};
pub use judge::{Failing, Judge, REACHABILITY, Verdict};
pub use limits::Limits;
pub use peer_view::PeerView;
pub use scope::ScopeVerdict;
