//! Slashing guards: what a key has signed, read from the formats signers really keep, and what must hold before it signs again.
//! Pure judgement over bytes; must not open a file, ask a node, or start anything.

mod cometbft;
mod fork;
mod interchange;
mod judge;
mod proof;
mod signbytes;
mod silence;
mod span;
mod state;
mod tower;

pub use fork::Vote;
pub use judge::{Place, above, covers};
pub use proof::Proof;
pub use silence::{Unit, address, chain_moves, commits, fresh, idle_votes, liveness, others_vote, seated, unit_off};
pub use span::{LEAST_SILENCE, block_span, carried, least_slots};
pub use state::{Damaged, Family, High, MAX_STATE_BYTES, SigningState, read};
