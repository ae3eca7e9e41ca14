//! The view: theme, layout, text, panes, layers. Everything here takes `&`.

mod draw;
mod keys;
mod layers;
pub mod layout;
mod panes;
pub mod row;
mod rule;
mod spark;
mod strip;
pub mod theme;

pub use draw::{draw, draw_scene};
pub use layers::help_text;
