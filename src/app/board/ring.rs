//! The last half hour of one signal of one node, in fixed room. Must not know which signal it holds.

use std::collections::VecDeque;

use crate::domain::time::{At, Span};

/// How far back a ring reaches: the flight recorder's promise. Older samples are dropped.
pub const RING_SPAN: Span = Span::from_mins(30);

/// Samples a ring holds at most: half an hour at one every two seconds. The oldest is dropped.
pub const RING_CAPACITY: usize = 900;

/// Samples closer than this to the one before are not kept, so that the capacity always spans half an hour.
const SPACING: Span = Span::from_millis(1_900);

/// A value that does not change is kept once in this long.
const REPEAT: Span = Span::from_secs(15);

/// Numbers over time; grows to its capacity and no further.
#[derive(Clone, Debug, Default)]
pub struct Ring {
    base: At,
    offsets_ms: VecDeque<u32>,
    values: VecDeque<f64>,
}

impl Ring {
    /// Adds a sample unless it is too close to the last or repeats it. Time going back starts the ring anew.
    pub fn push(&mut self, at: At, value: f64) {
        if !value.is_finite() {
            return;
        }
        if let Some((last_at, last)) = self.last() {
            let since = at.since(last_at);
            if since < Span::ZERO {
                self.clear();
            } else if since < SPACING || (since < REPEAT && last.to_bits() == value.to_bits()) {
                return;
            }
        }
        if self.values.is_empty() {
            self.base = at;
        }
        let Ok(offset) = u32::try_from(at.since(self.base).millis()) else {
            // 49 days after the base: begin anew, nothing older than half an hour is wanted anyway.
            self.clear();
            self.base = at;
            self.store(0, value);
            return;
        };
        self.store(offset, value);
        self.trim(at);
    }

    fn store(&mut self, offset: u32, value: f64) {
        if self.values.len() >= RING_CAPACITY {
            self.offsets_ms.pop_front();
            self.values.pop_front();
        }
        self.offsets_ms.push_back(offset);
        self.values.push_back(value);
    }

    fn trim(&mut self, now: At) {
        while let Some(first) = self.offsets_ms.front() {
            if now.since(self.at(*first)) <= RING_SPAN {
                break;
            }
            self.offsets_ms.pop_front();
            self.values.pop_front();
        }
    }

    fn clear(&mut self) {
        self.offsets_ms.clear();
        self.values.clear();
    }

    fn at(&self, offset_ms: u32) -> At {
        self.base.plus(Span::from_millis(i64::from(offset_ms)))
    }

    /// The newest sample.
    #[must_use]
    pub fn last(&self) -> Option<(At, f64)> {
        Some((self.at(*self.offsets_ms.back()?), *self.values.back()?))
    }

    /// Samples, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (At, f64)> + '_ {
        self.offsets_ms.iter().zip(&self.values).map(|(o, v)| (self.at(*o), *v))
    }

    /// Samples after `since`, oldest first.
    pub fn after(&self, since: At) -> impl Iterator<Item = (At, f64)> + '_ {
        let from = self.offsets_ms.partition_point(|o| self.at(*o) <= since);
        self.iter().skip(from)
    }

    /// How many it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}
