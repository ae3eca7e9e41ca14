//! Runbooks: Markdown in, a model out, lint, and the pinned revision.

pub mod approval;
pub mod case;
pub mod client;
pub mod compare;
pub mod difference;
pub mod expect;
pub mod finding;
mod git;
pub mod guard;
pub mod lint;
pub mod mirror;
pub mod model;
pub mod next;
pub mod params;
pub mod parse;
pub mod place;
pub mod sheet;
pub mod shelf;
mod shell_text;
pub mod suggest;
pub mod trigger;
