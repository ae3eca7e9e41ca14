//! A value over the scenario's time, drawn through keyframes, with noise that can be repeated.
//! Must not know what the value stands for.

use crate::drill::chance::Chance;

/// Where a figure comes from; kept so that a reader can tell a fact from an invention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// From a public source named in `modelled-on`.
    Sourced,
    /// Computed from sourced figures.
    Computed,
    /// Ours, to fill a curve.
    Assumed,
}

impl Mark {
    /// As the scenario writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sourced => "sourced",
            Self::Computed => "computed",
            Self::Assumed => "assumed",
        }
    }

    /// Reads what the scenario writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Sourced, Self::Computed, Self::Assumed].into_iter().find(|m| m.as_str() == text)
    }
}

/// How the value goes from one keyframe to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// In a straight line.
    #[default]
    Linear,
    /// It stays until the next keyframe.
    Step,
}

/// Keyframes and what lies between them. Before the first and after the last it stays level.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Seconds from the start, and the value; seconds strictly rising, never empty.
    pub points: Vec<(i64, f64)>,
    /// How far the noise goes to either side.
    pub noise: f64,
    /// Digits behind the point that are kept, so that every machine writes the same.
    pub decimals: u32,
    /// Between keyframes.
    pub mode: Mode,
    /// Where the figures come from.
    pub mark: Mark,
    /// Telling curves apart in draws.
    pub number: u64,
}

impl Curve {
    /// The value at `seconds`, without noise.
    #[must_use]
    pub fn plain(&self, seconds: f64) -> f64 {
        let after = self.points.partition_point(|(s, _)| as_f64(*s) <= seconds);
        let Some(before) = after.checked_sub(1).and_then(|i| self.points.get(i)) else {
            return self.points.first().map_or(0.0, |(_, v)| *v);
        };
        let (from, a) = (as_f64(before.0), before.1);
        match self.points.get(after) {
            Some((to, b)) if self.mode == Mode::Linear => a + (b - a) * (seconds - from) / (as_f64(*to) - from),
            _ => a,
        }
    }

    /// The value at `seconds` with its noise, rounded to the curve's digits; the noise never turns a positive value
    /// negative.
    #[must_use]
    pub fn value(&self, seconds: f64, chance: Chance) -> f64 {
        let plain = self.plain(seconds);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "seconds of a drill, never negative"
        )]
        let when = seconds.max(0.0) as u64;
        let noisy = plain + self.noise * chance.swing(self.number, when);
        let noisy = if plain >= 0.0 { noisy.max(0.0) } else { noisy };
        let scale = 10_f64.powi(i32::try_from(self.decimals.min(6)).unwrap_or(0));
        (noisy * scale).round() / scale
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a drill are far below 2^53")]
const fn as_f64(seconds: i64) -> f64 {
    seconds as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(mode: Mode, noise: f64) -> Curve {
        let points = vec![(0, 100.0), (10, 200.0), (20, 0.0)];
        Curve { points, noise, decimals: 1, mode, mark: Mark::Assumed, number: 3 }
    }

    #[test]
    fn keyframes_are_met_and_the_way_between_is_straight_or_a_step() {
        let chance = Chance::new(1);
        let line = curve(Mode::Linear, 0.0);
        let values: Vec<f64> =
            [-5.0, 0.0, 5.0, 10.0, 15.0, 20.0, 99.0].iter().map(|s| line.value(*s, chance)).collect();
        assert_eq!(values, [100.0, 100.0, 150.0, 200.0, 100.0, 0.0, 0.0]);
        assert_eq!(curve(Mode::Step, 0.0).value(9.0, chance).to_bits(), 100.0_f64.to_bits());
    }

    #[test]
    fn noise_repeats_with_its_seed_and_stays_within_its_width() {
        let noisy = curve(Mode::Linear, 4.0);
        let draw = |seed| (0..200).map(|s| noisy.value(f64::from(s) / 10.0, Chance::new(seed))).collect::<Vec<_>>();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert!((0..200).all(|s| {
            let s = f64::from(s) / 10.0;
            (noisy.value(s, Chance::new(5)) - noisy.plain(s)).abs() <= 4.06
        }));
        assert!(draw(3).iter().all(|v| *v >= 0.0));
    }
}
