//! The raw replies of each node's latest round, for whoever wants to see what a verdict rests on. Bounded; never logged.
//! Must not know any family; the HTTP client notes what it was given.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::http::Reply;
use crate::domain::id::NodeId;
use crate::domain::observation::Failure;
use crate::domain::raw::{RawReply, RawRound};
use crate::domain::time::At;

/// Requests of one round that are kept; later ones are left out and counted.
const KEPT: usize = 16;

/// Bytes of a request and of a reply that are kept; the rest is cut and said so.
const REQUEST_KEPT: usize = 1_024;
const BODY_KEPT: usize = 2_048;

tokio::task_local! {
    /// What is being asked in this task's round.
    static TAPE: Tape;
}

#[derive(Clone, Debug, Default)]
struct Tape(Arc<Mutex<Noted>>);

#[derive(Clone, Debug, Default)]
struct Noted {
    replies: Vec<RawReply>,
    requests: usize,
}

/// The latest round's replies by node. A copy is the same store.
#[derive(Clone, Debug, Default)]
pub struct Replies(Arc<Mutex<BTreeMap<NodeId, RawRound>>>);

impl Replies {
    /// Asks, and keeps what is answered as this node's latest round, begun at `asked`.
    pub async fn note<T>(&self, node: &NodeId, asked: At, round: impl Future<Output = T>) -> T {
        let tape = Tape::default();
        let done = TAPE.scope(tape.clone(), round).await;
        let noted = std::mem::take(&mut *tape.0.lock().unwrap_or_else(PoisonError::into_inner));
        let left_out = noted.requests.saturating_sub(KEPT);
        let round = RawRound { asked, replies: noted.replies, left_out };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(node.clone(), round);
        done
    }

    /// What this node answered in its latest round; `None` when nothing was asked from here.
    #[must_use]
    pub fn of(&self, node: &NodeId) -> Option<RawRound> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(node).cloned()
    }
}

/// Notes one request and what came of it, where a round is being noted. Headers are not noted: they carry credentials.
pub(super) fn note(method: &str, url: &str, body: &str, given: &Result<Reply, Failure>) {
    let request = format!("{method} {url} {}", cut(body.as_bytes(), REQUEST_KEPT)).trim_end().to_owned();
    keep(request, || match given {
        Ok(reply) => {
            let mut lines = vec![format!("HTTP {}, {} bytes", reply.status, reply.body.len())];
            lines.extend(cut(&reply.body, BODY_KEPT).lines().map(str::to_owned));
            lines
        }
        Err(failure) => vec![failure.to_string()],
    });
}

/// Notes what was read here, where nobody is asked over a wire.
pub(super) fn note_read(what: &str, text: &str) {
    keep(what.to_owned(), || cut(text.as_bytes(), BODY_KEPT).lines().map(str::to_owned).collect());
}

fn keep(request: String, lines: impl FnOnce() -> Vec<String>) {
    // An error means that no round is being noted: then there is nothing to note to.
    TAPE.try_with(|tape| {
        let mut noted = tape.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.requests += 1;
        if noted.requests <= KEPT {
            noted.replies.push(RawReply { request, lines: lines() });
        }
    })
    .unwrap_or_default();
}

fn cut(bytes: &[u8], most: usize) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(most)]);
    if bytes.len() > most { format!("{text} … ({} bytes more)", bytes.len() - most) } else { text.into_owned() }
}
