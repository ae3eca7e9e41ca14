//! JSON from nodes: the few shapes of numbers that the families write, and one way of refusing. Pure.

use std::fmt;

use serde::de::{self, DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer};

use crate::domain::observation::Failure;

/// How much of a wrong reply is quoted.
const QUOTE: usize = 60;

/// Reads a reply, or says what came instead. Depth is bounded by the parser (128).
///
/// # Errors
/// What is wrong, with the first characters of what came.
pub fn read<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, Failure> {
    serde_json::from_slice(bytes).map_err(|e| refuse(bytes, what, &e.to_string()))
}

/// The refusal of a reply.
#[must_use]
pub fn refuse(bytes: &[u8], what: &str, why: &str) -> Failure {
    let start: String = String::from_utf8_lossy(&bytes[..bytes.len().min(QUOTE * 4)])
        .chars()
        .take(QUOTE)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if bytes.is_empty() {
        return Failure::NotUsable(format!("{what}: the reply is empty"));
    }
    Failure::NotUsable(format!("{what}: {why}; it begins `{start}`"))
}

/// A `0x…` quantity; `None` when it is none or does not fit 64 bits.
#[must_use]
pub fn hex(text: &str) -> Option<u64> {
    let digits = text.strip_prefix("0x")?;
    (!digits.is_empty()).then_some(())?;
    u64::from_str_radix(digits, 16).ok()
}

/// A `0x…` quantity of any size as a float (wei do not fit 64 bits).
#[must_use]
pub fn hex_f64(text: &str) -> Option<f64> {
    let digits = text.strip_prefix("0x")?;
    if digits.is_empty() || digits.len() > 64 {
        return None;
    }
    digits.chars().try_fold(0.0, |acc: f64, c| Some(acc.mul_add(16.0, f64::from(c.to_digit(16)?))))
}

/// A count that is written as a number or as digits in a string, as Go's JSON does with 64 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Num(pub u64);

impl<'de> Deserialize<'de> for Num {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Digits)
    }
}

struct Digits;

impl Visitor<'_> for Digits {
    type Value = Num;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a count, as a number or a string of digits")
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<Num, E> {
        Ok(Num(n))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Num, E> {
        text.parse().map(Num).map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

/// An exact count as the float that readings carry.
#[expect(clippy::cast_precision_loss, reason = "heights and counts stay exact below 2^53")]
#[must_use]
pub const fn float(n: u64) -> f64 {
    n as f64
}
