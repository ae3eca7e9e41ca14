//! Judgement, pure: observations in, verdicts with their reasons out. No clock, no network.

mod agreement;
mod book;
mod bounds;
mod client;
mod clients;
mod countdown;
mod crowd;
mod flaps;
mod fork;
mod history;
mod hold;
mod judge;
mod limits;
mod memory;
mod partition;
mod peer_view;
mod plight;
mod rules;
mod scope;
mod search;
mod sentence;
mod track;

pub use bounds::exact;
pub use client::Client;
pub use countdown::Countdown;
pub use fork::Safety;
pub use hold::{Hold, Level, Need, Turn};
pub use judge::{Failing, Judge, REACHABILITY, Verdict};
pub use limits::Limits;
pub use memory::{JudgeMemory, LostMemory, MEMORY_VERSION, NodeMemory, StandingMemory};
pub use peer_view::{PeerNodeView, PeerView};
pub use plight::Plight;
pub use scope::ScopeVerdict;
pub use search::{ASK_AT_ONCE, Question, SEARCH_LIMIT};
