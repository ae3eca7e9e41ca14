//! Numbers in sentences: as few digits as the reader needs. Must not know any rule.

/// `14.2`, `36`, `1,204`: one decimal below 100 where there is one, thousands parted.
#[must_use]
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "?".to_owned();
    }
    if value.abs() < 100.0 && (value - value.round()).abs() >= 0.05 {
        return format!("{value:.1}");
    }
    let digits = format!("{:.0}", value.abs());
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value <= -0.5 {
        out.push('-');
    }
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `1 epoch`, `5 epochs`.
#[must_use]
pub(super) fn count(value: f64, noun: &str) -> String {
    let s = if (value - 1.0).abs() < 1e-9 { "" } else { "s" };
    format!("{} {noun}{s}", number(value))
}

#[cfg(test)]
mod tests {
    use super::{count, number};

    #[test]
    fn numbers_read_well() {
        assert_eq!(number(14.23), "14.2");
        assert_eq!(number(36.0), "36");
        assert_eq!(number(1204.7), "1,205");
        assert_eq!(number(-12_345_678.0), "-12,345,678");
        assert_eq!(number(f64::NAN), "?");
        assert_eq!(count(1.0, "epoch"), "1 epoch");
    }
}
