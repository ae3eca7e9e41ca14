//! A history in a few characters. Heights only hint; scale, newest value and time axis stand beside it in figures.

use crate::domain::time::At;

/// Eight heights.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// One character for each of `width` equal stretches of time: the height of its last value between the least and the
/// greatest of all; a space where there is none. A history that never changes is a low line.
pub(super) fn spark(points: &[(At, f64)], (from, to): (At, At), width: usize) -> String {
    let finite = || points.iter().map(|(_, v)| *v).filter(|v| v.is_finite());
    let low = finite().fold(f64::INFINITY, f64::min);
    let high = finite().fold(f64::NEG_INFINITY, f64::max);
    let length = to.since(from).micros().max(1);
    let mut last = vec![None; width];
    for (at, value) in points.iter().filter(|(_, v)| v.is_finite()) {
        let into = at.since(from).micros();
        if (0..=length).contains(&into)
            && let Some(place) = last.get_mut(place(into, length, width))
        {
            *place = Some(*value);
        }
    }
    last.into_iter().map(|v| v.map_or(' ', |v| bar(v, low, high))).collect()
}

/// Which of `width` stretches a moment falls into.
fn place(into: i64, length: i64, width: usize) -> usize {
    let at = i128::from(into) * i128::try_from(width).unwrap_or(0) / i128::from(length);
    usize::try_from(at).unwrap_or(0).min(width.saturating_sub(1))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the share is within 0 and 7.99")]
fn bar(value: f64, low: f64, high: f64) -> char {
    let share = if high > low { (value - low) / (high - low) } else { 0.0 };
    BARS[((share * 7.99).clamp(0.0, 7.99)) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_gaps_and_edges() {
        let at = At::from_secs;
        let points = [(at(0), 1.0), (at(10), 4.0), (at(30), 8.0), (at(40), 8.0)];
        assert_eq!(spark(&points, (at(0), at(40)), 4), "▁▄ █");
        assert_eq!(spark(&[(at(0), 3.0), (at(9), 3.0)], (at(0), at(10)), 2), "▁▁");
        assert_eq!(spark(&[(at(0), f64::NAN)], (at(0), at(10)), 2), "  ");
        assert_eq!(spark(&points, (at(0), at(0)), 0), "");
    }
}
