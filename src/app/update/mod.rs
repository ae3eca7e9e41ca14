//! How a message changes the model and what is to be done to the world. Pure: one file for each family of messages.

mod commands;
mod dispatch;
mod edit;
mod evidence;
mod find;
mod journal;
mod keys;
mod layers;
mod output;
mod question;
mod run;
mod step;
mod suggest;
mod verbs;
mod watch;
mod world;

pub use dispatch::update;
