//! Hysteresis: a transient is no outage, nothing clears without real progress, nothing flaps within its hold.

use proptest::prelude::*;
use rstest::rstest;
use warroom::domain::time::At;
use warroom::domain::verdict::{Hold, Level, Need, Turn};

const NEED: Need = Need { raise: 3, clear: 2 };

fn level(c: char) -> Level {
    match c {
        'w' => Level::Warn,
        'b' => Level::Bad,
        _ => Level::Ok,
    }
}

/// Samples a second apart; a capital letter is one with progress.
fn play(samples: &str) -> (Level, Vec<Turn>) {
    let mut hold = Hold::default();
    let mut turns = Vec::new();
    for (i, c) in (0..).zip(samples.chars()) {
        turns.extend(hold.sample(level(c.to_ascii_lowercase()), At::from_secs(i), c.is_ascii_uppercase(), NEED));
    }
    (hold.judged(), turns)
}

#[rstest]
#[case::calm("ooooo", Level::Ok, &[])]
#[case::two_are_a_transient("obbobbo", Level::Ok, &[])]
#[case::three_make_a_verdict("obbb", Level::Bad, &[(1, Level::Bad)])]
#[case::mixed_breaches_warn_first("wbwb", Level::Warn, &[(0, Level::Warn)])]
#[case::warn_then_bad("wwwbbb", Level::Bad, &[(0, Level::Warn), (3, Level::Bad)])]
#[case::good_without_progress_stays("bbbooooooo", Level::Bad, &[(0, Level::Bad)])]
#[case::good_with_progress_clears("bbbOO", Level::Ok, &[(0, Level::Bad), (3, Level::Ok)])]
#[case::one_good_is_not_enough("bbbOb", Level::Bad, &[(0, Level::Bad)])]
#[case::better_is_not_good("bbbWW", Level::Warn, &[(0, Level::Bad), (3, Level::Warn)])]
#[case::better_without_progress_stays("bbbwwww", Level::Bad, &[(0, Level::Bad)])]
fn runs_become_verdicts(#[case] samples: &str, #[case] end: Level, #[case] turns: &[(i64, Level)]) {
    let (judged, made) = play(samples);
    assert_eq!(judged, end);
    let made: Vec<(i64, Level)> = made.iter().map(|t| (t.since.secs(), t.to)).collect();
    assert_eq!(made, turns);
}

proptest! {
    #[test]
    fn it_never_flaps_within_its_hold(samples in proptest::collection::vec((0..3_u8, any::<bool>()), 0..200), raise in 1..6_u32, clear in 1..4_u32) {
        let need = Need { raise, clear };
        let mut hold = Hold::default();
        let mut worse_since = 0_u32;
        let mut ok_run = 0_u32;
        for (i, (kind, progress)) in (0..).zip(samples) {
            let level = [Level::Ok, Level::Warn, Level::Bad][usize::from(kind)];
            worse_since = if level == Level::Ok { 0 } else { worse_since + 1 };
            ok_run = if level == Level::Ok { ok_run + 1 } else { 0 };
            let before = hold.judged();
            let turn = hold.sample(level, At::from_secs(i), progress, need);
            prop_assert_eq!(turn.map_or(before, |t| t.to), hold.judged());
            if let Some(turn) = turn {
                prop_assert_ne!(turn.from, turn.to);
                if turn.to > turn.from {
                    prop_assert!(worse_since >= raise, "raised after {worse_since}");
                    prop_assert!(turn.since <= At::from_secs(i));
                } else {
                    prop_assert!(progress, "cleared without progress");
                    if turn.to == Level::Ok {
                        prop_assert!(ok_run >= clear, "cleared after {ok_run}");
                    }
                }
            }
        }
    }
}
