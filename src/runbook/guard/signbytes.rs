//! The chain, height and round inside `signbytes` of a `CometBFT` state: hex of a length-delimited `CanonicalVote` or
//! `CanonicalProposal` (proto `tendermint.types`). Bytes that are not so laid out say nothing; must not guess from them.

/// The proto's number of a proposal, in the field `type`.
const PROPOSAL: u64 = 32;
/// The field of the chain's name in a vote.
const VOTE_CHAIN: u64 = 6;
/// The field of the chain's name in a proposal, which has one field more before it.
const PROPOSAL_CHAIN: u64 = 7;

/// What the signed bytes are bound to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) chain: String,
    pub(super) height: u64,
    pub(super) round: u64,
}

/// Reads them; `None` where they are not laid out so.
pub(super) fn read(hex: &str) -> Option<Bound> {
    let bytes = unhex(hex)?;
    let mut rest = bytes.as_slice();
    let length = usize::try_from(varint(&mut rest)?).ok()?;
    if rest.len() != length {
        return None;
    }
    // Proto leaves out what is 0, as a round often is.
    let (mut kind, mut height, mut round, mut texts) = (0, 0, 0, Vec::new());
    while !rest.is_empty() {
        let tag = varint(&mut rest)?;
        match (tag >> 3, tag & 7) {
            (1, 0) => kind = varint(&mut rest)?,
            (2, 1) => height = fixed(&mut rest)?,
            (3, 1) => round = fixed(&mut rest)?,
            (field, 2) => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                texts.push((field, take(&mut rest, length)?));
            }
            (_, 0) => drop(varint(&mut rest)?),
            _ => return None,
        }
    }
    let field = if kind == PROPOSAL { PROPOSAL_CHAIN } else { VOTE_CHAIN };
    let chain = texts.iter().find(|(f, _)| *f == field).and_then(|(_, text)| std::str::from_utf8(text).ok())?;
    (!chain.is_empty()).then(|| Bound { chain: chain.to_owned(), height, round })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || text.len() % 2 == 1 {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok()).collect()
}

fn take<'a>(rest: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(n)?;
    *rest = tail;
    Some(head)
}

fn fixed(rest: &mut &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(take(rest, 8)?.try_into().ok()?))
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let byte = *take(rest, 1)?.first()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}
