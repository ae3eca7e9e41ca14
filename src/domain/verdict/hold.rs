//! Hysteresis: when a run of samples becomes a verdict, and when it stops being one.
//! Must not know what was measured, only how each sample was graded.

use serde::{Deserialize, Serialize};

use crate::domain::time::At;

/// How one sample was graded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Within the limits.
    #[default]
    Ok,
    /// Out of a limit.
    Warn,
    /// Far out of it.
    Bad,
}

/// How many samples a change needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// In a row, to get worse.
    pub raise: u32,
    /// In a row, to get better.
    pub clear: u32,
}

/// A change of the judged level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Before.
    pub from: Level,
    /// Now.
    pub to: Level,
    /// The first sample of the run that led here.
    pub since: At,
}

/// The runs of one rule on one node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hold {
    judged: Level,
    latest: Level,
    since: At,
    bad: Run,
    breach: Run,
    not_bad: Run,
    good: Run,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Run {
    length: u32,
    first: At,
}

impl Run {
    fn count(&mut self, counts: bool, at: At) {
        if !counts {
            self.length = 0;
        } else {
            if self.length == 0 {
                self.first = at;
            }
            self.length = self.length.saturating_add(1);
        }
    }

    const fn reached(self, need: u32) -> bool {
        self.length >= need && self.length > 0
    }
}

impl Hold {
    /// One that had been raised before a restart. The sample before it is not known: one good sample, with real progress,
    /// is then enough to clear.
    #[must_use]
    pub fn raised(level: Level, since: At, need: Need) -> Self {
        let good = Run { length: need.clear.saturating_sub(1), first: since };
        Self { judged: level, latest: level, since, good, not_bad: good, ..Self::default() }
    }

    /// What is judged now.
    #[must_use]
    pub const fn judged(&self) -> Level {
        self.judged
    }

    /// The latest sample's grade, judged or not.
    #[must_use]
    pub const fn latest(&self) -> Level {
        self.latest
    }

    /// Since when: the first sample of the run that made the judged level.
    #[must_use]
    pub const fn since(&self) -> At {
        self.since
    }

    /// First sample of the running breach, where there is one.
    #[must_use]
    pub const fn breach_since(&self) -> Option<At> {
        if self.breach.length > 0 { Some(self.breach.first) } else { None }
    }

    /// How many samples in a row were out of a limit.
    #[must_use]
    pub const fn breaches(&self) -> u32 {
        self.breach.length
    }

    /// Takes one graded sample. `progress`: whether the node has really moved on since the level was raised;
    /// without it nothing clears.
    pub fn sample(&mut self, level: Level, at: At, progress: bool, need: Need) -> Option<Turn> {
        self.latest = level;
        self.bad.count(level == Level::Bad, at);
        self.breach.count(level != Level::Ok, at);
        self.not_bad.count(level != Level::Bad, at);
        self.good.count(level == Level::Ok, at);
        let raise = need.raise.max(1);
        let clear = need.clear.max(1);
        let (to, run) = match self.judged {
            Level::Ok | Level::Warn if self.bad.reached(raise) => (Level::Bad, self.bad),
            Level::Ok if self.breach.reached(raise) => (Level::Warn, self.breach),
            Level::Warn | Level::Bad if progress && self.good.reached(clear) => (Level::Ok, self.good),
            Level::Bad if progress && self.not_bad.reached(clear) && level == Level::Warn => {
                (Level::Warn, self.not_bad)
            }
            _ => return None,
        };
        let turn = Turn { from: self.judged, to, since: run.first };
        self.judged = to;
        self.since = run.first;
        Some(turn)
    }
}
