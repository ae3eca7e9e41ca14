//! Scenarios as people write them: the folder's files, read into a plain model with errors that name the line.

mod check;
mod fault;
mod file;
mod model;
mod outputs;
mod parts;
mod pattern;
mod read;
mod script;
mod scripted;

mod shipped;

pub use model::{
    Act, ActEffect, AlertPlan, Expectation, Inject, ModelledOn, Objective, Outage, Player, Scenario, SimNode, When,
};
pub use outputs::{Recorded, RecordedOutputs};
pub use parts::{PeerPlan, PeerWord, SignalPlan};
pub use pattern::EventPattern;
pub use read::{MAX_SCENARIO_BYTES, read_scenario};
pub use script::{Move, Script, read_script};
pub use shipped::{Shipped, shipped};
