//! What cannot be undone, and how long until it begins, where a family has such a thing and its numbers are at hand.
//! Must not know how it is told.

use std::borrow::Cow;

use super::sentence::{count, number};
use super::track::Track;
use crate::domain::observation::{Deadline, Family};
use crate::domain::time::{At, Span};

/// Epochs from the finalized one to the first in which the inactivity leak runs: the delay, counted from the epoch before the
/// current one, must exceed `MIN_EPOCHS_TO_INACTIVITY_PENALTY` = 4 (Ethereum consensus specification,
/// `is_in_inactivity_leak`).
const LEAK_AFTER: f64 = 6.0;

/// Epochs behind that are told: two are normal, and one more is a breath.
const TOLD_FROM: f64 = 3.5;

const LEAK: &str = "inactivity leak";

/// How long before its end a deadline is told at all.
const TOLD_BEFORE: Span = Span::from_mins(60 * 24 * 40);

/// Something that begins, or has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Countdown {
    /// What kind of thing it is; of each kind one is told.
    pub kind: Cow<'static, str>,
    /// Until it begins; `None` when it has.
    pub left: Option<Span>,
    /// In a sentence, with the figures.
    pub text: String,
}

/// What cannot be undone, by this node's view. Deadlines are told while its chain stands still, for everybody as far as is known.
pub(super) fn countdowns(track: &Track, everybody: bool, now: At) -> Vec<Countdown> {
    let mut found: Vec<Countdown> = leak(track, now).into_iter().collect();
    if everybody && track.stands_still() {
        found.extend(track.deadlines().iter().filter_map(|d| ending(d, now)));
    }
    found
}

/// A deadline that the standstill brings nearer.
fn ending(deadline: &Deadline, now: At) -> Option<Countdown> {
    let left = deadline.at.since(now);
    let Deadline { kind, what, basis, .. } = deadline;
    let text = match left {
        _ if left > TOLD_BEFORE => return None,
        _ if left > Span::default() => format!("{what} ends in {}: {basis}", left.words()),
        _ => format!("{what} has ended {} ago: {basis}", now.since(deadline.at).words()),
    };
    Some(Countdown { kind: kind.clone(), left: (left > Span::default()).then_some(left), text })
}

/// The inactivity leak, by this node's view of finality.
fn leak(track: &Track, now: At) -> Option<Countdown> {
    if track.family() != Family::EthereumBeacon {
        return None;
    }
    let (slot_s, finalized) = (track.block_s()?, track.finality()?);
    #[expect(clippy::cast_precision_loss, reason = "an epoch is far below 2^53 slots")]
    let epoch_slots = track.slots_per_epoch()? as f64;
    let (height, born) = track.head_born()?;
    // The clock goes on also where the head stands still.
    let slot = height + (now.since(born).as_secs_f64() / slot_s).floor().max(0.0);
    let behind = slot / epoch_slots - finalized;
    // A chain that has finalized nothing yet begins its own first epochs.
    if behind < TOLD_FROM || finalized < 1.0 {
        return None;
    }
    let seconds = |epochs: f64| epochs * epoch_slots * slot_s;
    let left = LEAK_AFTER - behind;
    if left > 0.0 {
        let span = whole(seconds(left));
        let text = format!(
            "inactivity leak in {} ({}): from epoch {} on, who does not vote loses stake",
            count(left.ceil(), "epoch"),
            span.words(),
            number(finalized + LEAK_AFTER)
        );
        return Some(Countdown { kind: Cow::Borrowed(LEAK), left: Some(span), text });
    }
    let ran = whole(seconds(-left));
    let text = format!(
        "the inactivity leak has run for {} ({}): who does not vote loses stake",
        count((-left).ceil().max(1.0), "epoch"),
        ran.words()
    );
    Some(Countdown { kind: Cow::Borrowed(LEAK), left: None, text })
}

fn whole(seconds: f64) -> Span {
    #[expect(clippy::cast_possible_truncation, reason = "epochs of an outage are far below the range")]
    let whole = seconds as i64;
    Span::from_secs(whole)
}
