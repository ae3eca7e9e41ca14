//! The chain's own headers as history: how long a block usually takes, and how far that strays. It learns only while all is
//! well, so that an outage is never learned as normal. Must not know protocols, nor how many samples make a verdict.

use std::collections::VecDeque;

use crate::domain::time::At;

/// Gaps between blocks that are kept: about twenty minutes of a 6 s chain. The oldest is dropped.
const KEPT: usize = 200;

/// Fewest gaps from which anything is said.
const FEWEST: usize = 20;

/// Scales a median absolute deviation to a standard deviation of normal noise; the usual constant of the modified z-score.
const MAD_SCALE: f64 = 0.6745;

/// A modified z-score above this is an outlier (Iglewicz and Hoaglin, 1993).
const OUTLIER: f64 = 3.5;

/// The deviation is never taken for less than this share of the median, nor less than half a second: chains whose blocks
/// come like clockwork would else call every breath an outlier.
const LEAST_SHARE: f64 = 0.1;
const LEAST_S: f64 = 0.5;

/// Gaps of proof of work over which their mean is judged.
pub(super) const WORK_GAPS: usize = 12;

/// What a block of this chain takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Usual {
    /// Seconds, the median.
    pub median: f64,
    /// Seconds, the median absolute deviation, with its floor.
    pub mad: f64,
    /// Gaps that were seen.
    pub gaps: usize,
}

impl Usual {
    /// The longest gap that is no outlier, seconds.
    pub fn limit(self) -> f64 {
        self.median + Self::outlier(self.mad)
    }

    /// How far from the median an outlier begins, by the deviation.
    pub fn outlier(mad: f64) -> f64 {
        OUTLIER / MAD_SCALE * mad
    }

    /// Whether blocks come regularly enough to promise anything; a chain that makes them on demand does not.
    pub fn is_regular(self) -> bool {
        2.0 * self.mad <= self.median.max(2.0 * LEAST_S)
    }
}

/// The gaps between blocks as this node's headers tell them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct History {
    gaps: VecDeque<f64>,
    last: Option<(f64, At)>,
    usual: Option<Usual>,
}

impl History {
    /// Takes a new head: its height, and the time its header gives. Answers the gap before it, for each block. `learn` is
    /// false while anything is wrong: such a gap is judged and not kept.
    pub fn head(&mut self, height: f64, born: At, learn: bool) -> Option<f64> {
        let last = self.last.replace((height, born));
        let (below, before) = last.filter(|(below, _)| *below < height)?;
        let gap = born.since(before).as_secs_f64() / (height - below);
        if !gap.is_finite() || gap < 0.0 {
            return None;
        }
        if learn {
            if self.gaps.len() >= KEPT {
                self.gaps.pop_front();
            }
            self.gaps.push_back(gap);
            self.usual = usual(&self.gaps);
        }
        Some(gap)
    }

    /// The newest head: its height, and when it was made.
    pub const fn newest(&self) -> Option<(f64, At)> {
        self.last
    }

    /// What a block takes; `None` before enough of them were seen.
    pub const fn usual(&self) -> Option<Usual> {
        self.usual
    }

    /// Seconds that the latest blocks took on average, where blocks come by chance.
    pub fn mean_of_latest(&self) -> Option<f64> {
        let latest = self.gaps.iter().rev().take(WORK_GAPS);
        #[expect(clippy::cast_precision_loss, reason = "a dozen")]
        let n = WORK_GAPS as f64;
        (self.gaps.len() >= WORK_GAPS).then(|| latest.sum::<f64>() / n)
    }

    /// What is kept for another process.
    pub fn gaps(&self) -> Vec<f64> {
        self.gaps.iter().copied().collect()
    }

    /// From what another process kept.
    pub fn of(gaps: &[f64]) -> Self {
        let good = gaps.iter().copied().filter(|g| g.is_finite() && *g >= 0.0);
        let gaps: VecDeque<f64> = good.take(KEPT).collect();
        Self { usual: usual(&gaps), gaps, last: None }
    }
}

fn usual(gaps: &VecDeque<f64>) -> Option<Usual> {
    if gaps.len() < FEWEST {
        return None;
    }
    let (median, mad) = median_and_mad(gaps.iter().copied().collect())?;
    Some(Usual { median, mad: mad.max(LEAST_SHARE * median).max(LEAST_S), gaps: gaps.len() })
}

/// The median and the median absolute deviation from it, without any floor; `None` of nothing.
pub(super) fn median_and_mad(mut values: Vec<f64>) -> Option<(f64, f64)> {
    let median = middle(&mut values)?;
    let mut off: Vec<f64> = values.iter().map(|v| (v - median).abs()).collect();
    Some((median, middle(&mut off)?))
}

fn middle(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    let upper = *values.get(half)?;
    if values.len() % 2 == 1 { Some(upper) } else { Some((values.get(half - 1)? + upper) / 2.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_chain_has_a_median_and_a_limit_above_its_breath() {
        let mut history = History::default();
        for i in 0..60_u32 {
            let jitter = f64::from(i % 3) * 0.2;
            let born = At::from_micros((f64::from(i) * 6.0 * 1e6 + jitter * 1e6).round() as i64);
            history.head(f64::from(i), born, true);
        }
        let usual = history.usual().unwrap();
        assert!((usual.median - 6.2).abs() < 0.1 && usual.mad >= 0.6, "{usual:?}");
        assert!(usual.is_regular() && usual.limit() > 9.0 && usual.limit() < 10.0, "{}", usual.limit());
    }

    #[test]
    fn what_is_not_learned_changes_nothing() {
        let mut history = History::of(&[6.0; 40]);
        let before = history.usual();
        history.head(1.0, At::from_secs(0), false);
        assert_eq!(history.head(2.0, At::from_secs(600), false), Some(600.0));
        assert_eq!(history.usual(), before);
        assert_eq!(History::of(&history.gaps()), History { last: None, ..history });
    }

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(median_and_mad(vec![1.0, 9.0, 2.0]), Some((2.0, 1.0)));
        assert_eq!(median_and_mad(vec![1.0, 3.0]), Some((2.0, 1.0)));
        assert_eq!(median_and_mad(Vec::new()), None);
    }
}
