//! The raw replies of each node's latest round, for whoever wants to see what a verdict rests on. Bounded; never logged.
//! Must not know any family; the HTTP client notes what it was given.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::http::Reply;
use crate::domain::id::NodeId;
use crate::domain::observation::Failure;

/// Requests of one round that are kept; later ones are left out and counted.
const KEPT: usize = 16;

/// Bytes of a request and of a reply that are kept; the rest is cut and said so.
const REQUEST_KEPT: usize = 200;
const BODY_KEPT: usize = 2_048;

tokio::task_local! {
    /// What is being asked in this task's round.
    static TAPE: Tape;
}

#[derive(Clone, Debug, Default)]
struct Tape(Arc<Mutex<Noted>>);

#[derive(Clone, Debug, Default)]
struct Noted {
    lines: Vec<String>,
    requests: usize,
}

/// The latest round's replies by node. A copy is the same store.
#[derive(Clone, Debug, Default)]
pub struct Replies(Arc<Mutex<BTreeMap<NodeId, Vec<String>>>>);

impl Replies {
    /// Asks, and keeps what is answered as this node's latest round.
    pub async fn note<T>(&self, node: &NodeId, round: impl Future<Output = T>) -> T {
        let tape = Tape::default();
        let done = TAPE.scope(tape.clone(), round).await;
        let noted = std::mem::take(&mut *tape.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut lines = noted.lines;
        if noted.requests > KEPT {
            lines.push(format!("and {} more requests", noted.requests - KEPT));
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(node.clone(), lines);
        done
    }

    /// What this node answered in its latest round, request by request; empty when nothing was asked from here.
    #[must_use]
    pub fn of(&self, node: &NodeId) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(node).cloned().unwrap_or_default()
    }
}

/// Notes one request and what came of it, where a round is being noted. Headers are not noted: they carry credentials.
pub(super) fn note(method: &str, url: &str, body: &str, given: &Result<Reply, Failure>) {
    // An error means that no round is being noted: then there is nothing to note to.
    TAPE.try_with(|tape| {
        let mut noted = tape.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.requests += 1;
        if noted.requests > KEPT {
            return;
        }
        noted.lines.push(format!("{method} {url} {}", cut(body.as_bytes(), REQUEST_KEPT)).trim_end().to_owned());
        match given {
            Ok(reply) => {
                noted.lines.push(format!("  HTTP {}, {} bytes", reply.status, reply.body.len()));
                let text = cut(&reply.body, BODY_KEPT);
                noted.lines.extend(text.lines().map(|l| format!("  {l}")));
            }
            Err(failure) => noted.lines.push(format!("  {failure}")),
        }
    })
    .unwrap_or_default();
}

fn cut(bytes: &[u8], most: usize) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(most)]);
    if bytes.len() > most { format!("{text} … ({} bytes more)", bytes.len() - most) } else { text.into_owned() }
}
