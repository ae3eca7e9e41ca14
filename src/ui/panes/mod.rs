//! The four panes: each turns its view model and a width into rows. Drawing and scrolling are the same for all.

mod health;
mod node;
mod roster;
mod runbook;
mod step;
mod timeline;

pub(super) use health::health;
pub(super) use roster::roster;
pub(super) use runbook::runbook;
pub(super) use timeline::timeline;

use crate::app::view::tone::Tone;
use crate::ui::theme::Role;

/// How a tone looks.
pub(super) const fn role(tone: Tone) -> Role {
    match tone {
        Tone::Plain => Role::Text,
        Tone::Quiet => Role::Quiet,
        Tone::Ok => Role::Ok,
        Tone::Warn => Role::Warn,
        Tone::Bad => Role::Bad,
        Tone::Unknown => Role::Unknown,
        Tone::Due => Role::Due,
        Tone::Reported => Role::Reported,
    }
}
