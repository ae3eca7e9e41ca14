//! Solana's `tower-1_9-<identity>.bin`: bincode, little endian. Read is what has stood still since release 1.14: the
//! version, the identity's signature over the rest, the identity, and the lockouts with their root. What follows changes
//! with releases and is only known to be whole because the signature covers it.

use std::collections::BTreeMap;

use ring::signature::ED25519;
use ring::signature::UnparsedPublicKey;

use crate::runbook::guard::fork::Vote;
use crate::runbook::guard::state::Damaged;
use crate::runbook::guard::state::Family;
use crate::runbook::guard::state::High;
use crate::runbook::guard::state::SigningState;

/// The version word of the layout that is read here; 0 was the one before 1.14.
const CURRENT: u32 = 1;
/// A tower has at most this many lockouts (`MAX_LOCKOUT_HISTORY`); more is damage.
const MAX_LOCKOUTS: u64 = 31;
/// Bytes between the identity and the lockouts: threshold depth and size, the vote state's two keys, its commission.
const TO_LOCKOUTS: usize = 8 + 8 + 32 + 32 + 1;

struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], Damaged> {
        let (head, rest) = self.rest.split_at_checked(n).ok_or_else(|| damaged("it ends in the middle"))?;
        self.rest = rest;
        Ok(head)
    }

    fn word(&mut self) -> Result<u32, Damaged> {
        let bytes = self.take(4)?.try_into().map_err(|_| damaged("it ends in the middle"))?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn long(&mut self) -> Result<u64, Damaged> {
        let bytes = self.take(8)?.try_into().map_err(|_| damaged("it ends in the middle"))?;
        Ok(u64::from_le_bytes(bytes))
    }
}

fn damaged(what: &str) -> Damaged {
    Damaged::new(format!("no tower file: {what}"), "copy it again from the host that voted last, after it has stopped")
}

pub(super) fn read(bytes: &[u8]) -> Result<SigningState, Damaged> {
    let mut file = Cursor { rest: bytes };
    let version = file.word()?;
    if version != CURRENT {
        let what = format!("tower layout {version} is not known here, only {CURRENT} (release 1.14 and later)");
        return Err(Damaged::new(what, "let a validator of a known release load and save it, or use its own tool"));
    }
    let signature = file.take(64)?;
    let length = usize::try_from(file.long()?).map_err(|_| damaged("its length is impossible"))?;
    let data = file.take(length)?;
    if !file.rest.is_empty() {
        return Err(damaged("something stands behind its end"));
    }
    let mut tower = Cursor { rest: data };
    let identity = tower.take(32)?;
    if UnparsedPublicKey::new(&ED25519, identity).verify(data, signature).is_err() {
        return Err(damaged("its signature is not that of the identity it names: edited, or cut"));
    }
    tower.take(TO_LOCKOUTS)?;
    let high = lockouts(&mut tower)?;
    let keys = BTreeMap::from([(base58(identity), high)]);
    Ok(SigningState { family: Family::Solana, chain: None, keys })
}

fn lockouts(tower: &mut Cursor<'_>) -> Result<High, Damaged> {
    let count = tower.long()?;
    if count > MAX_LOCKOUTS {
        return Err(damaged(&format!("it has {count} lockouts, {MAX_LOCKOUTS} at most")));
    }
    let mut votes: Vec<Vote> = Vec::new();
    for _ in 0..count {
        let next = tower.long()?;
        let confirmations = tower.word()?;
        if votes.last().is_some_and(|v| next <= v.slot) {
            return Err(damaged("its votes are not in order"));
        }
        votes.push(Vote { slot: next, confirmations });
    }
    let root = match tower.take(1)? {
        [0] => None,
        [1] => Some(tower.long()?),
        _ => return Err(damaged("its root is neither there nor missing")),
    };
    let slot = votes.last().map(|v| v.slot).max(root);
    Ok(High::Solana { slot, root, votes })
}

/// As Solana writes public keys.
fn base58(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut digits: Vec<u8> = Vec::with_capacity(44);
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = u8::try_from(carry % 58).unwrap_or(0);
            carry /= 58;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 58).unwrap_or(0));
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|b| **b == 0).map(|_| 0);
    let all = zeros.chain(digits.into_iter().rev());
    all.filter_map(|d| SIGNS.get(usize::from(d))).map(|b| char::from(*b)).collect()
}
