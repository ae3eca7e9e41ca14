//! The incident as the log tells it: a fold of entries, total and order-dependent.
//! State changes only through [`Incident::apply`]; it cannot fail, panic, block or read anything but its arguments.

mod fold;
mod ledger;
mod matters;
mod roles;
mod state;

pub use ledger::{Correction, Ledger};
pub use matters::{Action, Concern, Decision, Hypothesis, Objection, Order, Outcome, Task};
pub use roles::{
    Holding, Offer, REQUIRED_ROLES, Role, STANDARD_ROLES, is_exclusive as is_exclusive_role, resolve as resolve_role,
    short_name as short_role,
};
pub use state::{AlertFact, Incident, Milestones, PeerFact, ScopeFact, VerdictFact, Writer};
