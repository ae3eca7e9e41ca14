//! What cannot be undone, and how long until it begins, where a family has such a thing and its numbers are at hand.
//! Must not know how it is told.

use super::sentence::{count, number};
use super::track::Track;
use crate::domain::observation::Family;
use crate::domain::time::{At, Span};

/// Epochs from the finalized one to the first in which the inactivity leak runs: the delay, counted from the epoch before the
/// current one, must exceed `MIN_EPOCHS_TO_INACTIVITY_PENALTY` = 4 (Ethereum consensus specification,
/// `is_in_inactivity_leak`).
const LEAK_AFTER: f64 = 6.0;

/// Epochs behind that are told: two are normal, and one more is a breath.
const TOLD_FROM: f64 = 3.5;

/// Something that begins, or has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Countdown {
    /// Until it begins; `None` when it has.
    pub left: Option<Span>,
    /// In a sentence, with the figures.
    pub text: String,
}

/// The inactivity leak, by this node's view of finality.
pub(super) fn leak(track: &Track, now: At) -> Option<Countdown> {
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
        return Some(Countdown { left: Some(span), text });
    }
    let ran = whole(seconds(-left));
    let text = format!(
        "the inactivity leak has run for {} ({}): who does not vote loses stake",
        count((-left).ceil().max(1.0), "epoch"),
        ran.words()
    );
    Some(Countdown { left: None, text })
}

fn whole(seconds: f64) -> Span {
    #[expect(clippy::cast_possible_truncation, reason = "epochs of an outage are far below the range")]
    let whole = seconds as i64;
    Span::from_secs(whole)
}
