//! The brain of the loop, still pure: model, messages, effects, update, keymap, layers.

pub mod board;
<<<<<<< HEAD
pub mod keymap;
pub mod palette;
=======
pub mod case;
pub mod effect;
pub mod keymap;
pub mod layer;
pub mod model;
pub mod msg;
pub mod notice;
>>>>>>> f442fb3 (wip)
pub mod pane;
pub mod screen;
mod update;
pub mod verbs;

pub use update::update;
