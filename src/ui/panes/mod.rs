//! The four panes: each turns its view model and a width into rows. Drawing and scrolling are the same for all.

mod compare;
mod health;
mod node;
mod roster;
mod runbook;
mod step;
mod timeline;
mod tone;

pub(super) use health::health;
pub(super) use roster::roster;
pub(super) use runbook::runbook;
pub(super) use timeline::timeline;
pub(super) use tone::role;
