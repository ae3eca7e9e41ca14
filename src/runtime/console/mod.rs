//! The console: one loop that takes messages in, asks the brain, does what it says, and draws what changed.

mod canvas;
mod case_hand;
mod drill_hand;
mod hands;
mod home_hand;
mod live;
mod seal_hand;
mod share_hand;
mod start;
mod step_hand;
mod watch_hand;

pub use start::{ConsoleError, ConsoleOptions, DrillOptions, host_name, login_name, machine_mark, run, user_name};
