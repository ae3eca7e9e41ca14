//! Two judgements over signing states: one knows at least all that another does; none has reached a place yet.
//! A key that a file does not know is never taken for one that has signed nothing.

use crate::runbook::guard::proof::Proof;
use crate::runbook::guard::state::High;
use crate::runbook::guard::state::SigningState;

/// Sentences about more keys than this are counted instead.
const NAMED: usize = 3;

/// Whether `state` knows all that `older` has signed: equal or newer for each key, on the same chain, without a
/// contradiction at the same place.
#[must_use]
pub fn covers(state: &SigningState, older: &SigningState) -> Proof {
    let mut proof = Proof::default();
    if state.family != older.family || state.chain != older.chain {
        proof.fails(match (&state.chain, &older.chain) {
            (Some(a), Some(b)) => {
                format!("the two are of different chains: genesis validators' root {} and {}", head(a), head(b))
            }
            _ => "the two are of different families".to_owned(),
        });
        return proof;
    }
    if older.keys.is_empty() {
        proof.fails("the older file knows no key: it proves nothing");
    }
    for (key, old) in &older.keys {
        match state.keys.get(key) {
            None => proof.fails(format!("{} is missing, the other knows {old}", name(key))),
            Some(new) => compare(&mut proof, key, new, old),
        }
    }
    shortened(proof, older.keys.len())
}

fn compare(proof: &mut Proof, key: &str, new: &High, old: &High) {
    let behind = match (new, old) {
        (
            High::Cometbft { height, round, step, bytes },
            High::Cometbft { height: h, round: r, step: s, bytes: other },
        ) => {
            let (now, then) = ((height, round, step), (h, r, s));
            if now == then && !bytes.is_empty() && !other.is_empty() && bytes != other {
                proof.fails(format!("{}: two different things were signed at {old}: a double sign", name(key)));
                return;
            }
            now < then
        }
        (
            High::Ethereum { slot, source, target },
            High::Ethereum { slot: old_slot, source: old_source, target: old_target },
        ) => slot < old_slot || source < old_source || target < old_target,
        (High::Solana { slot, .. }, High::Solana { slot: old_slot, .. }) => slot < old_slot,
        _ => true,
    };
    if behind {
        proof.fails(format!("{}: {new} is OLDER than {old}: signing with it can be slashed", name(key)));
    } else if new == old {
        proof.holds(format!("{}: equal, {new}", name(key)));
    } else {
        proof.holds(format!("{}: {new}, at or beyond {old}", name(key)));
    }
}

/// Whether none of the keys has signed at `place` or beyond: a height, a slot, or with `epoch` a target epoch. `keys`
/// names those that will sign; none names all that the file knows.
#[must_use]
pub fn above(state: &SigningState, keys: &[String], place: u64, epoch: bool) -> Proof {
    let mut proof = Proof::default();
    for key in keys.iter().filter(|k| !state.keys.contains_key(*k)) {
        proof.fails(format!("{} is not in the file: what it has signed is not known", name(key)));
    }
    if state.keys.is_empty() {
        proof.fails("the file knows no key: it proves nothing");
    }
    let meant = state.keys.iter().filter(|(k, _)| keys.is_empty() || keys.contains(k));
    for (key, high) in meant {
        let (what, signed) = match high {
            High::Cometbft { height, .. } => ("height", Some(*height).filter(|h| *h > 0)),
            High::Ethereum { target, .. } if epoch => ("target epoch", *target),
            High::Ethereum { slot, .. } => ("block slot", *slot),
            High::Solana { slot, .. } => ("vote slot", *slot),
        };
        match signed {
            Some(n) if n >= place => {
                proof.fails(format!("{} has signed up to {what} {n}: {place} is signed already", name(key)));
            }
            Some(n) => proof.holds(format!("{} has signed up to {what} {n}, {} below {place}", name(key), place - n)),
            None => proof.holds(format!("{} has signed no {what}", name(key))),
        }
    }
    shortened(proof, state.keys.len())
}

/// Thousands of keys say the same: the first few, and how many there are.
fn shortened(proof: Proof, keys: usize) -> Proof {
    if keys <= NAMED {
        return proof;
    }
    let (said, good) = (proof.says().len(), proof.is_proved());
    let mut short = Proof::default();
    let mut add = |s: String| if good { short.holds(s) } else { short.fails(s) };
    proof.says().iter().take(NAMED).cloned().for_each(&mut add);
    if said > NAMED {
        add(format!("and {} more of {keys} keys likewise", said - NAMED));
    }
    short
}

fn name(key: &str) -> String {
    if key.is_empty() { "the signer".to_owned() } else { format!("key {}", head(key)) }
}

fn head(text: &str) -> String {
    let start: String = text.chars().take(12).collect();
    if start.len() < text.len() { format!("{start}…") } else { start }
}
