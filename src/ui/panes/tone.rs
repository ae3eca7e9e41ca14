//! How a tone of the view model looks: its role in the theme. Must not know what has the tone.

use crate::app::view::tone::Tone;
use crate::ui::theme::Role;

/// How a tone looks.
pub const fn role(tone: Tone) -> Role {
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
