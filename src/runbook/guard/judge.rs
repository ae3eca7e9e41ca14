//! Two judgements over signing states: one knows at least all that another does; none has reached a place yet.
//! A key that a file does not know is never taken for one that has signed nothing, and one that has signed nothing is no
//! proof: a wiped file says the same.

use crate::runbook::guard::fork::forgotten;
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
    if state.family != older.family {
        proof.fails("the two are of different families");
        return proof;
    }
    if let (Some(a), Some(b)) = (&state.chain, &older.chain)
        && a != b
    {
        proof.fails(format!("the two are of different chains: {} and {}", head(a), head(b)));
        return proof;
    }
    if older.keys.is_empty() {
        proof.fails("the older file knows no key: it proves nothing");
    }
    for (key, old) in &older.keys {
        match state.keys.get(key) {
            _ if old.is_nothing() => proof.fails(format!(
                "{}: the older file says that it has signed nothing, and a wiped one says the same: it proves nothing",
                name(key)
            )),
            None => proof.fails(format!("{} is missing, the other knows {old}", name(key))),
            Some(new) => compare(&mut proof, key, new, old),
        }
    }
    if state.chain.is_none() || older.chain.is_none() {
        proof.holds("not compared: the chain, which one of the files does not name");
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
        (High::Solana { slot, root, votes }, High::Solana { slot: old_slot, root: old_root, votes: old_votes }) => {
            if let Some(vote) = forgotten(votes, *root, old_votes).filter(|_| slot >= old_slot) {
                proof.fails(format!(
                    "{}: {new} knows nothing of the vote for slot {}, whose lockout has not passed: a tower of another fork",
                    name(key),
                    vote.slot
                ));
                return;
            }
            slot < old_slot || root < old_root
        }
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

/// A height or a slot, or with `epoch` a target epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What will be signed next.
    pub next: u64,
    /// The last that the chain saw signed by these keys, where that is known: a state that does not reach it is older.
    pub at_least: Option<u64>,
    /// Target epochs of attestations, not slots of blocks (Ethereum).
    pub epoch: bool,
}

/// Whether none of the keys has signed at the next place or beyond, and each has signed what the chain saw of it. `keys`
/// names those that will sign; none names all that the file knows. A key that has signed nothing fails.
#[must_use]
pub fn above(state: &SigningState, keys: &[String], place: Place) -> Proof {
    let mut proof = Proof::default();
    for key in keys.iter().filter(|k| !state.keys.contains_key(*k)) {
        proof.fails(format!("{} is not in the file: what it has signed is not known", name(key)));
    }
    if state.keys.is_empty() {
        proof.fails("the file knows no key: it proves nothing");
    }
    for (key, high) in state.keys.iter().filter(|(k, _)| keys.is_empty() || keys.contains(k)) {
        reaches(&mut proof, key, high, place);
    }
    shortened(proof, state.keys.len())
}

fn reaches(proof: &mut Proof, key: &str, high: &High, Place { next, at_least, epoch }: Place) {
    let (what, signed) = match high {
        High::Cometbft { height, .. } => ("height", Some(*height).filter(|h| *h > 0)),
        High::Ethereum { target, .. } if epoch => ("target epoch", *target),
        High::Ethereum { slot, .. } => ("block slot", *slot),
        High::Solana { slot, .. } => ("vote slot", *slot),
    };
    let key = name(key);
    match signed {
        Some(n) if n >= next => proof.fails(format!("{key} has signed up to {what} {n}: {next} is signed already")),
        Some(n) if at_least.is_some_and(|least| n < least) => proof.fails(format!(
            "{key} has signed up to {what} {n} by this file, and the chain saw it at {}: the file is OLDER than that",
            at_least.unwrap_or_default()
        )),
        Some(n) => proof.holds(format!("{key} has signed up to {what} {n}, {} below {next}", next - n)),
        // Blocks are rare: a validator may have attested for long and proposed none.
        None if matches!(high, High::Ethereum { target: Some(_), .. }) && at_least.is_none() => {
            proof.holds(format!("{key} has signed no {what}; {high}"));
        }
        None => proof.fails(format!(
            "{key} has signed no {what} by this file, and a wiped one says the same: it proves nothing"
        )),
    }
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
