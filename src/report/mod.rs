//! Drafts that write themselves from the log: a pure function of entries, nothing else. Every statement names its entry.

mod audience;
mod draft;
mod markdown;
mod metrics;
mod sections;
mod source;

pub use audience::Audience;
pub use draft::{Draft, postmortem};
pub use markdown::Page;
pub use metrics::{Duration, Milestone, durations, milestones, minutes_by_severity};
