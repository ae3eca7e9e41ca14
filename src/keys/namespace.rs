//! What a signature is for. One made for one purpose never counts for another.

/// Lines of an incident's log, signed by session keys.
pub const LOG: &str = "warroom-log@v1";

/// Statements, signed by people's own keys: delegations, approvals, votes, checkpoints.
pub const STATEMENT: &str = "warroom-statement@v1";

/// Status documents of operators.
pub const PEER: &str = "warroom-peer@v1";

/// The same, in a drill.
pub const DRILL: &str = "warroom-drill@v1";
