//! Points in time and lengths of time: UTC, whole microseconds, parsing and display only.
//! Must not know what time it is: a [`Clock`] is handed in by whoever may read one.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A source of the current time. The real one lives in `runtime::clock`; drills and tests bring their own.
pub trait Clock: Send + Sync {
    /// The wall clock's UTC time now.
    fn now(&self) -> At;
}

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At(i64);

impl At {
    /// From microseconds since the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds since the Unix epoch (saturating).
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Parses RFC 3339 (any offset, any fraction); `None` when it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(at) = Self::parse_plain(text.as_bytes()) {
            return Some(at);
        }
        DateTime::parse_from_rfc3339(text).ok().map(|t| Self(t.timestamp_micros()))
    }

    /// The form that logs are full of, `2026-11-21T03:14:09.120031Z`, without the generality of the whole RFC.
    fn parse_plain(text: &[u8]) -> Option<Self> {
        let (time, micros) = match (text.len(), text.get(19)?) {
            (20, b'Z') => (text, 0),
            (27, b'.') if text[26] == b'Z' => (text, number(&text[20..26])?),
            _ => return None,
        };
        let dividers = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
        if dividers.iter().any(|(at, divider)| time[*at] != *divider) {
            return None;
        }
        let (year, month, day) = (number(&time[..4])?, number(&time[5..7])?, number(&time[8..10])?);
        let (hour, minute, second) = (number(&time[11..13])?, number(&time[14..16])?, number(&time[17..19])?);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days_in = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + i64::from(leap),
            _ => return None,
        };
        // A leap second is the general parser's.
        if !(1..=days_in).contains(&day) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        // Days since 1970-01-01 of the civil calendar, counted in years that begin in March.
        let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let days =
            365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day - 719_469;
        Some(Self((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + micros))
    }

    /// The time from `earlier` to `self`; negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// The time from `earlier` to `self`, never negative: the log's clock may be a moment ahead of the wall's.
    #[must_use]
    pub fn elapsed_since(self, earlier: Self) -> Span {
        self.since(earlier).max(Span::ZERO)
    }

    /// `self` moved by `span` (saturating).
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }

    /// `03:14:09`
    #[must_use]
    pub fn hms(self) -> String {
        self.utc().format("%H:%M:%S").to_string()
    }

    /// `03:14`
    #[must_use]
    pub fn hm(self) -> String {
        self.utc().format("%H:%M").to_string()
    }

    /// `2026-11-21`
    #[must_use]
    pub fn date(self) -> String {
        self.utc().format("%Y-%m-%d").to_string()
    }

    /// RFC 3339 with as few fraction digits as the value needs: `2026-11-21T03:12:00Z`.
    #[must_use]
    pub fn short(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }
}

/// A number of digits alone.
fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |n, d| d.is_ascii_digit().then(|| n * 10 + i64::from(d - b'0')))
}

impl fmt::Display for At {
    /// RFC 3339, always six fraction digits, as the log writes `at`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.short())
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is not an RFC 3339 time")))
    }
}

/// A length of time in microseconds; negative when it runs backwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From microseconds.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From milliseconds (saturating).
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// From seconds (saturating).
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// From minutes (saturating).
    #[must_use]
    pub const fn from_mins(mins: i64) -> Self {
        Self::from_secs(mins.saturating_mul(60))
    }

    /// Microseconds.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Milliseconds, rounded towards zero.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0 / 1_000
    }

    /// Whole seconds, rounded towards zero.
    #[must_use]
    pub const fn secs(self) -> i64 {
        self.0 / 1_000_000
    }

    /// Seconds with their fraction.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a display and rate value; 2^53 microseconds are 285 years")]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The standard library's duration; negative spans become zero.
    #[must_use]
    pub fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_micros(u64::try_from(self.0).unwrap_or(0))
    }

    /// A running clock: `3:10`, `30:59`, `1:02:03`, `2d 04:10`.
    #[must_use]
    pub fn clock(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let s = self.secs().unsigned_abs();
        let (d, h, m, s) = (s / 86_400, s / 3_600 % 24, s / 60 % 60, s % 60);
        if d > 0 {
            format!("{sign}{d}d {h:02}:{m:02}")
        } else if h > 0 {
            format!("{sign}{h}:{m:02}:{s:02}")
        } else {
            format!("{sign}{m}:{s:02}")
        }
    }

    /// In words, two units at most: `9 s`, `4 min`, `2 h 05 min`, `3 d 4 h`.
    #[must_use]
    pub fn words(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let s = self.secs().unsigned_abs();
        match s {
            0..60 => format!("{sign}{s} s"),
            60..3_600 => format!("{sign}{} min", s / 60),
            3_600..86_400 if (s / 60).is_multiple_of(60) => format!("{sign}{} h", s / 3_600),
            3_600..86_400 => format!("{sign}{} h {:02} min", s / 3_600, s / 60 % 60),
            _ => format!("{sign}{} d {} h", s / 86_400, s / 3_600 % 24),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::At;

    proptest! {
        /// An offset of zero says the same as `Z`, and is read by the general parser.
        #[test]
        fn the_quick_parser_agrees_with_the_general_one(
            (y, mo, d) in (0..10_000_u32, 0..14_u32, 0..33_u32), (h, mi, s) in (0..25_u32, 0..61_u32, 0..61_u32), us in any::<Option<u32>>(),
        ) {
            let fraction = us.map(|us| format!(".{:06}", us % 1_000_000)).unwrap_or_default();
            let time = format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}{fraction}");
            prop_assert_eq!(At::parse(&format!("{time}Z")), At::parse(&format!("{time}+00:00")));
        }
    }
}
