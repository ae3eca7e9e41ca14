//! The incident as the log tells it: a fold of entries, total and order-dependent.
//! State changes only through [`Incident::apply`]; it cannot fail, panic, block or read anything but its arguments.

mod approval;
mod conflict;
mod fold;
mod keyring;
mod ledger;
mod matters;
mod relapse;
mod roles;
mod so_far;
mod standing;
mod state;
mod trust;
mod vouching;

pub use conflict::{CONTRARY_WITHIN, Conflict, Over, SHOWN_FOR as CONFLICT_SHOWN_FOR};
pub use keyring::Keyring;
pub use ledger::{Correction, Ledger, Sealed};
pub use matters::{Action, Concern, Decision, Hypothesis, Objection, Order, Outcome, Task};
pub use relapse::{RELAPSE_WATCH, Relapse, RelapseWatch};
pub use roles::{
    Holding, Offer, REQUIRED_ROLES, Role, STANDARD_ROLES, is_exclusive as is_exclusive_role, resolve as resolve_role,
    short_name as short_role,
};
pub use so_far::{Turn, TurnKind, so_far};
pub use standing::Standing;
pub use state::{AlertFact, Incident, Milestones, PeerFact, ScopeFact, VerdictFact, Writer};
pub use trust::{Trust, Voucher};
