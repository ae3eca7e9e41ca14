//! What the screen says, as plain data: made once from the model, drawn by the console, printed by the headless twins.
//! Must not know columns, colours or cells. Every text in it is sanitised.

pub mod head;
pub mod health;
pub mod layer;
pub mod number;
mod of;
pub mod roster;
pub mod runbook;
pub mod scene;
pub mod strip;
pub mod timeline;
pub mod tone;

pub use of::{matters, relapse_alarm, roles, signing_words, strip as situation};
