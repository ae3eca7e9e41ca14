//! The brain of the loop, still pure: model, messages, effects, update, keymap, layers.

pub mod board;
pub mod keymap;
pub mod palette;
pub mod pane;
