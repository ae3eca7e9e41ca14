//! Things that come and go: how often lately, and whether that is a failure of its own.
//! Must not know what comes and goes.

use std::collections::VecDeque;

use crate::domain::time::At;

/// How far back is counted, seconds.
const SPAN_S: f64 = 900.0;

/// So many times within it are too many to be chance.
const MANY: usize = 3;

/// Moments kept; more than are ever counted.
const KEPT: usize = 16;

/// The latest moments at which something happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Flaps(VecDeque<At>);

impl Flaps {
    /// It happened once more.
    pub fn add(&mut self, at: At) {
        if self.0.len() >= KEPT {
            self.0.pop_front();
        }
        self.0.push_back(at);
    }

    /// How often within the last quarter of an hour.
    pub fn count(&self, now: At) -> usize {
        self.0.iter().filter(|at| now.since(**at).as_secs_f64() <= SPAN_S).count()
    }

    /// Whether that is too often.
    pub fn many(&self, now: At) -> bool {
        self.count(now) >= MANY
    }
}
