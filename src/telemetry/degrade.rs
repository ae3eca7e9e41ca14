//! Each method degrades by itself: what a node does not serve, or is too slow to serve, is remembered with the reason,
//! left out, and asked again after a while. Must not know any family.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::rpc::Outcome;
use crate::domain::observation::{Fact, Failure};

/// How long "the node does not serve that" is believed; an upgraded node is noticed after it.
const UNSUPPORTED_FOR: Duration = Duration::from_secs(600);

/// How long a method that gave no answer in time is left alone; the node has other work now.
const SLOW_FOR: Duration = Duration::from_secs(60);

/// How long a call beside the first may take. With [`SLOW_CALLS`] the round ends before its own limit of 8 s, whatever
/// the node does: 3 s for the first call and twice this.
pub(super) const ASIDE_LIMIT: Duration = Duration::from_secs(2);

/// So many calls of one round may run out of time; the rest of the round is then left out.
const SLOW_CALLS: u32 = 2;

/// What one node does not give, and why.
#[derive(Debug, Default)]
pub(super) struct Degrade {
    left_out: BTreeMap<&'static str, LeftOut>,
    gaps: Vec<Fact>,
    slow: u32,
}

#[derive(Debug)]
struct LeftOut {
    since: Instant,
    lasts: Duration,
    why: String,
}

impl Degrade {
    /// A new round begins.
    pub fn begin(&mut self) {
        self.gaps.clear();
        self.slow = 0;
        self.left_out.retain(|_, l| l.since.elapsed() < l.lasts);
    }

    /// Whether this method is worth asking now.
    pub fn asks(&self, what: &str) -> bool {
        self.slow < SLOW_CALLS && !self.left_out.contains_key(what)
    }

    /// The value of one call beside the first; what cannot be had is left out, with the reason.
    pub fn keep<T>(
        &mut self,
        what: &'static str,
        given: Result<Outcome, Failure>,
        read: impl FnOnce(&str) -> Result<T, Failure>,
    ) -> Option<T> {
        match given {
            Ok(Outcome::Given(text)) => match read(&text) {
                Ok(value) => return Some(value),
                Err(failure) => self.gap(what, &failure.to_string()),
            },
            Ok(Outcome::Nothing) => self.gap(what, "the node gave no value"),
            Ok(Outcome::Unsupported) => self.leave_out(what, "the node does not serve it", UNSUPPORTED_FOR),
            Ok(Outcome::Refused { message, .. }) if is_never(&message) => {
                self.leave_out(what, &format!("the node refuses it: {message}"), UNSUPPORTED_FOR);
            }
            Ok(Outcome::Refused { code, message }) => self.gap(what, &format!("error {code}: {message}")),
            Err(failure @ Failure::Status(403 | 404 | 405 | 501)) => {
                self.leave_out(what, &failure.to_string(), UNSUPPORTED_FOR);
            }
            Err(failure @ (Failure::TimedOut { .. } | Failure::TooLarge { .. })) => {
                self.slow += 1;
                self.leave_out(what, &failure.to_string(), SLOW_FOR);
            }
            Err(failure) => self.gap(what, &failure.to_string()),
        }
        None
    }

    /// One call beside the first, asked only while that is worth it.
    pub async fn want<T>(
        &mut self,
        what: &'static str,
        asked: impl Future<Output = Result<Outcome, Failure>>,
        read: impl FnOnce(&str) -> Result<T, Failure>,
    ) -> Option<T> {
        if !self.asks(what) {
            return None;
        }
        let given = asked.await;
        self.keep(what, given, read)
    }

    fn leave_out(&mut self, what: &'static str, why: &str, lasts: Duration) {
        self.left_out.insert(what, LeftOut { since: Instant::now(), lasts, why: why.to_owned() });
    }

    fn gap(&mut self, what: &'static str, why: &str) {
        self.gaps.push(Fact::unknown(what, why));
    }

    /// Everything that is unknown now, with the reason.
    pub fn facts(&self) -> impl Iterator<Item = Fact> + '_ {
        let left_out = self.left_out.iter().map(|(what, l)| Fact::unknown(what, &l.why));
        left_out.chain(self.gaps.iter().cloned())
    }
}

/// Refusals that will not change by asking again: unsafe methods from outside, switched off, not allowed.
fn is_never(message: &str) -> bool {
    let words = message.to_ascii_lowercase();
    ["unsafe", "disabled", "not allowed", "forbidden", "denied", "not available", "unsupported", "not enabled"]
        .iter()
        .any(|w| words.contains(w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_served_is_not_asked_again_and_says_why() {
        let mut node = Degrade::default();
        let text = |t: &str| Ok::<String, Failure>(t.to_owned());
        assert_eq!(node.keep("a", Ok(Outcome::Given("1".into())), text).as_deref(), Some("1"));
        assert_eq!(node.keep("a", Ok(Outcome::Nothing), text), None);
        assert!(node.asks("a"));
        assert_eq!(node.keep("b", Ok(Outcome::Unsupported), text), None);
        let refused = Outcome::Refused { code: 1, message: "RPC call is unsafe to be called externally".into() };
        assert_eq!(node.keep("c", Ok(refused), text), None);
        assert!(!node.asks("b") && !node.asks("c"));
        let said: Vec<String> = node.facts().map(|f| f.text).collect();
        assert_eq!(said[0], "b: the node does not serve it");
        assert!(said[1].contains("unsafe") && said[2] == "a: the node gave no value", "{said:?}");
        for late in ["d", "e"] {
            assert_eq!(node.keep(late, Err(Failure::TimedOut { after_ms: 2_000 }), text), None);
        }
        assert!(!node.asks("f"), "two slow calls end the round");
        node.begin();
        assert!(node.asks("f") && !node.asks("d"));
    }
}
