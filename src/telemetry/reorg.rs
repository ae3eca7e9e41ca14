//! Which of the remembered blocks a node still has on its chain: one hash for each height, asked as one batch.
//! Must not know any family; the call that gives a hash comes from it.

use super::json;
use super::memory::Tips;
use super::rpc::{Call, Outcome};
use super::rpc_link::{Line, RpcLink};
use crate::domain::time::At;

/// Remembers a new tip; when it does not continue what was seen, finds the newest block that stayed, and so the depth.
pub(super) async fn follow(
    link: &mut RpcLink,
    line: Line<'_>,
    tips: &mut Tips,
    (height, hash, parent): (u64, &str, Option<&str>),
    (by_height, now): (fn(u64) -> Call, At),
) {
    if !tips.continues(hash, parent) {
        let seen: Vec<_> = tips.backwards().cloned().collect();
        let calls: Vec<Call> = seen.iter().map(|s| by_height(s.height)).collect();
        let Ok(outcomes) = link.ask(line, &calls).await else { return };
        let stayed = |outcome: &Result<Outcome, _>, hash: &str| match outcome {
            Ok(Outcome::Given(text)) => json::read::<String>(text.as_bytes(), "hash").is_ok_and(|h| h == hash),
            _ => false,
        };
        // A node that cannot say is better no reorganisation than a wrong one.
        if outcomes.iter().all(|o| !matches!(o, Ok(Outcome::Given(_)))) {
            return;
        }
        let kept = outcomes.iter().zip(&seen).find(|(o, s)| stayed(o, &s.hash)).map(|(_, s)| s.height);
        if kept != seen.first().map(|s| s.height) {
            tips.reorganised(now, kept);
        }
    }
    tips.push(height, &hash.into());
}
