//! Numbers as people read them: grouped, rounded to what matters, with their unit.

use crate::domain::observation::Family;
use crate::domain::signal::SignalId;
use crate::domain::time::Span;

/// `1,318,457`: thousands apart, so that two heights can be compared by eye.
#[must_use]
pub fn grouped(n: f64) -> String {
    let digits = format!("{:.0}", n.abs());
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    if n <= -0.5 { format!("-{out}") } else { out }
}

/// A number with one digit after the point when it is small enough for that to matter.
fn fine(n: f64) -> String {
    let whole = (n - n.round()).abs() < 0.05;
    if n.abs() >= 10.0 || whole { grouped(n) } else { format!("{n:.1}") }
}

/// `1.2 MB/s` and so on: powers of 1000, as networks count.
fn bytes_a_second(n: f64) -> String {
    match n {
        n if n >= 1e9 => format!("{} GB/s", fine(n / 1e9)),
        n if n >= 1e6 => format!("{} MB/s", fine(n / 1e6)),
        n if n >= 1e3 => format!("{} kB/s", fine(n / 1e3)),
        n => format!("{} B/s", grouped(n)),
    }
}

/// `< 25 %`: the first of these bounds that a number is below, or `>= 75 %` where it is below none.
#[must_use]
pub fn below(n: f64, bounds: &[f64], unit: &str) -> String {
    match (bounds.iter().find(|bound| n < **bound), bounds.last()) {
        (Some(bound), _) => format!("< {bound}{unit}"),
        (None, Some(last)) if n.is_finite() => format!(">= {last}{unit}"),
        _ => "?".to_owned(),
    }
}

/// A signal's number with its unit: `61 %`, `7 epochs`, `4 s`.
#[must_use]
pub fn of_signal(signal: SignalId, family: Family, n: f64) -> String {
    if !n.is_finite() {
        return "?".to_owned();
    }
    let name = signal.name();
    match (name, signal.row().unit) {
        ("chain.finality_lag", _) => format!("{} {}", grouped(n), lag_unit(family)),
        ("host.uptime_s", _) => Span::from_secs(saturating(n)).words(),
        (_, "B/s") => bytes_a_second(n),
        (_, "") if name == "host.load_1m" => format!("{n:.2}"),
        (_, "") => grouped(n),
        (_, "s") if n >= 120.0 => Span::from_secs(saturating(n)).words(),
        (_, unit) => format!("{} {unit}", fine(n)),
    }
}

/// What finality lag is counted in.
#[must_use]
pub const fn lag_unit(family: Family) -> &'static str {
    match family {
        Family::EthereumBeacon => "epochs",
        _ => "blocks",
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a float to an integer cast saturates, and that is wanted")]
const fn saturating(n: f64) -> i64 {
    n as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_people_read_them() {
        assert_eq!(grouped(1_318_457.0), "1,318,457");
        assert_eq!(grouped(-1234.0), "-1,234");
        assert_eq!(grouped(-0.2), "0");
        assert_eq!(of_signal(SignalId::FINALITY_LAG, Family::EthereumBeacon, 7.0), "7 epochs");
        assert_eq!(of_signal(SignalId::HEAD_AGE, Family::EthereumBeacon, 3.21), "3.2 s");
        assert_eq!(of_signal(SignalId::HEAD_AGE, Family::EthereumBeacon, 3_700.0), "1 h 01 min");
        assert_eq!(of_signal(SignalId::PEERS, Family::EthereumBeacon, f64::NAN), "?");
        assert_eq!(bytes_a_second(1_250_000.0), "1.2 MB/s");
        assert_eq!(below(24.9, &[25.0, 50.0], " %"), "< 25 %");
        assert_eq!(below(25.0, &[25.0, 50.0], " %"), "< 50 %");
        assert_eq!(below(50.0, &[25.0, 50.0], " %"), ">= 50 %");
        assert_eq!(below(0.31, &[0.5, 1.0], ""), "< 0.5");
        assert_eq!(below(f64::NAN, &[0.5], ""), "?");
    }
}
