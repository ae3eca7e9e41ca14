//! The brain of the loop, still pure: model, messages, effects, update, keymap, layers.

pub mod board;
pub mod case;
mod client;
pub mod detail;
pub mod effect;
pub mod evidence;
pub mod footing;
pub mod keymap;
pub mod layer;
pub mod matter;
pub mod model;
pub mod msg;
pub mod notice;
pub mod palette;
pub mod pane;
pub mod screen;
pub mod signing;
pub mod so_far;
pub mod suggest;
mod update;
pub mod verbs;
pub mod view;
mod vote_grid;

pub use update::update;
