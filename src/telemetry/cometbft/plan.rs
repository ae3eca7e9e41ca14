//! The upgrade that a Cosmos chain has planned, out of an ABCI query: base64 around protobuf, as far as it is needed.
//! Pure; every length is checked against what is there.

use serde::Deserialize;

use crate::domain::observation::Failure;
use crate::telemetry::json;

/// Longest name of an upgrade that is kept.
const NAME_LIMIT: usize = 80;

/// A planned upgrade: the chain stops at this height until the new binary runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// The height at which the chain stops.
    pub height: u64,
}

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

/// Reads the reply to `abci_query` of `/cosmos.upgrade.v1beta1.Query/CurrentPlan`: `None` when nothing is planned.
///
/// # Errors
/// When the application does not know the query, or what it says is no plan.
pub fn plan(result: &str) -> Result<Option<Plan>, Failure> {
    let wire: WireQuery = json::read(result.as_bytes(), "abci_query")?;
    let refuse = |why: &str| json::refuse(result.as_bytes(), "upgrade plan", why);
    if wire.response.code != 0 {
        return Err(refuse(&wire.response.log.unwrap_or_else(|| "the application refused".to_owned())));
    }
    let Some(value) = wire.response.value.filter(|v| !v.is_empty()) else { return Ok(None) };
    let bytes = base64(&value).ok_or_else(|| refuse("its value is no base64"))?;
    // QueryCurrentPlanResponse { Plan plan = 1 }, Plan { string name = 1; int64 height = 3; … }
    let Some(Field::Bytes(plan)) = find(&bytes, 1).map_err(refuse)? else { return Ok(None) };
    let (name, height) = (find(plan, 1).map_err(refuse)?, find(plan, 3).map_err(refuse)?);
    let name = match name {
        Some(Field::Bytes(name)) => String::from_utf8_lossy(name).chars().take(NAME_LIMIT).collect(),
        _ => String::new(),
    };
    match height {
        Some(Field::Number(height)) => Ok(Some(Plan { name, height })),
        _ => Err(refuse("it has no height")),
    }
}

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The last field of that number, as protobuf has it.
fn find(mut bytes: &[u8], wanted: u64) -> Result<Option<Field<'_>>, &'static str> {
    const CUT: &str = "the protobuf is cut off";
    let mut found = None;
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
        if tag >> 3 == wanted && field.is_some() {
            found = field;
        }
    }
    Ok(found)
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
