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
        DateTime::parse_from_rfc3339(text).ok().map(|t| Self(t.timestamp_micros()))
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
