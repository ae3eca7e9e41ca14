//! What an application answers to an ABCI query: base64 around protobuf, read field by field, as far as it is needed.
//! Pure; every length is checked against what is there. Must not know what the fields mean.

use serde::Deserialize;

use crate::domain::observation::Failure;
use crate::telemetry::json;

#[derive(Deserialize)]
struct WireQuery {
    response: WireResponse,
}

#[derive(Deserialize)]
struct WireResponse {
    #[serde(default)]
    code: u64,
    #[serde(default)]
    log: Option<String>,
    #[serde(default)]
    value: Option<String>,
}

/// The bytes of an `abci_query`'s value; `None` when it is empty.
///
/// # Errors
/// When the application refuses the query, or the value is no base64.
pub(super) fn abci_value(result: &str, what: &str) -> Result<Option<Vec<u8>>, Failure> {
    let wire: WireQuery = json::read(result.as_bytes(), "abci_query")?;
    let refuse = |why: &str| json::refuse(result.as_bytes(), what, why);
    if wire.response.code != 0 {
        return Err(refuse(&wire.response.log.unwrap_or_else(|| "the application refused".to_owned())));
    }
    let Some(value) = wire.response.value.filter(|v| !v.is_empty()) else { return Ok(None) };
    base64(&value).map(Some).ok_or_else(|| refuse("its value is no base64"))
}

/// A field's value, as far as it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field<'a> {
    /// A number.
    Number(u64),
    /// Text, bytes, or a message.
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    /// The bytes, where it has some.
    pub const fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Number(_) => None,
        }
    }

    /// The number, where it is one.
    pub const fn number(self) -> Option<u64> {
        match self {
            Self::Number(n) => Some(n),
            Self::Bytes(_) => None,
        }
    }
}

/// The last field of that number, as protobuf has it.
pub(super) fn find(bytes: &[u8], wanted: u64) -> Result<Option<Field<'_>>, &'static str> {
    let mut found = None;
    each(bytes, |number, field| {
        if number == wanted {
            found = Some(field);
        }
    })?;
    Ok(found)
}

/// Every message of that number, in their order, at most so many.
pub(super) fn all(bytes: &[u8], wanted: u64, most: usize) -> Result<Vec<&[u8]>, &'static str> {
    let mut found = Vec::new();
    each(bytes, |number, field| {
        if let Some(bytes) = field.bytes().filter(|_| number == wanted && found.len() < most) {
            found.push(bytes);
        }
    })?;
    Ok(found)
}

/// Calls for each field that is a number or has bytes.
fn each<'a>(mut bytes: &'a [u8], mut take_it: impl FnMut(u64, Field<'a>)) -> Result<(), &'static str> {
    const CUT: &str = "the protobuf is cut off";
    while !bytes.is_empty() {
        let tag = varint(&mut bytes).ok_or(CUT)?;
        let field = match tag & 7 {
            0 => Some(Field::Number(varint(&mut bytes).ok_or(CUT)?)),
            1 => take(&mut bytes, 8).map(|_| None).ok_or(CUT)?,
            2 => {
                let length = varint(&mut bytes).and_then(|n| usize::try_from(n).ok()).ok_or(CUT)?;
                Some(Field::Bytes(take(&mut bytes, length).ok_or(CUT)?))
            }
            5 => take(&mut bytes, 4).map(|_| None).ok_or(CUT)?,
            _ => return Err("the protobuf has a field of no known type"),
        };
        if let Some(field) = field {
            take_it(tag >> 3, field);
        }
    }
    Ok(())
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(head)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *take(bytes, 1)?.first()?;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Standard base64, padded or not.
fn base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let mut out = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    let (mut held, mut bits) = (0_u32, 0_u32);
    for c in digits.bytes() {
        let six = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = (held << 6 | u32::from(six)) & 0xff_ffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(held >> bits & 0xff).ok()?);
        }
    }
    Some(out)
}
