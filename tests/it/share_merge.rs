//! Chains that meet in any order, in any pieces, give one state; and a chain that its writer has open is never touched.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;

use warroom::domain::id::WriterId;
use warroom::journal::{Journal, Lines, load};
use warroom::share::{Merged, merge};

use crate::support::journal::{HandClock, LIMIT, note, options};

/// Three writers' chains of one incident, each in lines.
fn chains() -> Vec<(WriterId, Vec<Vec<u8>>)> {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::at("2026-11-21T03:00:00Z");
    for person in ["alice", "bob", "carol"] {
        let journal = Journal::open(home.path(), options(person), Arc::clone(&clock) as _, |_| {}).unwrap();
        for i in 0..7 {
            journal.observe(&load(home.path()).heads);
            journal.append_and_wait(vec![note(person, &format!("{person} {i}"))], LIMIT).unwrap();
        }
    }
    let of = |writer: WriterId| {
        let bytes = fs::read(home.path().join("log").join(format!("{writer}.jsonl"))).unwrap();
        (writer, bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect())
    };
    warroom::journal::shared_chains(home.path()).into_iter().map(of).collect()
}

fn piece(dir: &Path, writer: &WriterId, lines: &[Vec<u8>]) -> Lines {
    let file = dir.join(format!("piece-{writer}"));
    fs::write(&file, lines.concat()).unwrap();
    let mut lines = Lines::of_file(&file, writer);
    lines.refresh().unwrap();
    lines
}

fn log(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = fs::read_dir(dir.join("log"))
        .unwrap()
        .flatten()
        .map(|f| (f.file_name().into_string().unwrap(), fs::read(f.path()).unwrap()))
        .collect();
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Pieces: whose chain, up to which line, with how many bytes of the next one (a torn tail of a copy).
    #[test]
    fn any_pieces_in_any_order_give_one_state(
        pieces in proptest::collection::vec((0_usize..3, 0_usize..=8, 0_usize..40), 1..24),
        turn in 0_usize..24,
    ) {
        let chains = chains();
        let states: Vec<_> = (0..2).map(|round| {
            let (dir, from) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let mut pieces = pieces.clone();
            if round == 1 {
                pieces.reverse();
                let turn = turn % pieces.len();
                pieces.rotate_left(turn);
            }
            for (who, upto, torn) in pieces {
                let (writer, lines) = &chains[who];
                let mut some = lines[..upto].to_vec();
                some.extend(lines.get(upto).map(|next| next[..torn.min(next.len() - 1)].to_vec()));
                let merged = merge(dir.path(), writer, &piece(from.path(), writer, &some)).unwrap();
                prop_assert!(!matches!(merged, Merged::Forked { .. } | Merged::Live { .. }), "{merged:?}");
            }
            fs::create_dir_all(dir.path().join("log")).unwrap();
            let loaded = load(dir.path());
            prop_assert!(loaded.faults.is_empty(), "{:?}", loaded.faults);
            Ok((log(dir.path()), loaded.entries))
        }).collect::<Result<_, TestCaseError>>()?;
        prop_assert_eq!(&states[0], &states[1]);
        let longest = |who: usize| pieces.iter().filter(|p| p.0 == who).map(|p| p.1).max().unwrap_or(0);
        prop_assert_eq!(states[0].1.len(), (0..3).map(longest).sum::<usize>());
    }
}

#[test]
fn a_chain_that_its_writer_has_open_is_left_alone() {
    let (home, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let clock = HandClock::at("2026-11-21T03:00:00Z");
    let journal = Journal::open(home.path(), options("alice"), Arc::clone(&clock) as _, |_| {}).unwrap();
    journal.append_and_wait(vec![note("alice", "one")], LIMIT).unwrap();
    let writer = journal.writer();
    let file = home.path().join("log").join(format!("{writer}.jsonl"));
    let lines =
        |bytes: Vec<u8>| -> Vec<Vec<u8>> { bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect() };
    let copy = piece(elsewhere.path(), &writer, &lines(fs::read(&file).unwrap()));
    assert_eq!(merge(home.path(), &writer, &copy).unwrap(), Merged::Known { ahead: 0 });
    // Somebody has a line more of it than there is: kept aside, and the writer goes on as if nothing had been.
    fs::create_dir_all(elsewhere.path().join("log")).unwrap();
    fs::copy(&file, elsewhere.path().join("log").join(format!("{writer}.jsonl"))).unwrap();
    let twin = Journal::open(elsewhere.path(), options("alice"), clock as _, |_| {}).unwrap();
    twin.append_and_wait(vec![note("alice", "from a copy")], LIMIT).unwrap();
    let longer = fs::read(elsewhere.path().join("log").join(format!("{writer}.jsonl"))).unwrap();
    let merged = merge(home.path(), &writer, &piece(elsewhere.path(), &writer, &lines(longer))).unwrap();
    assert!(matches!(merged, Merged::Live { .. }), "{merged:?}");
    journal.append_and_wait(vec![note("alice", "two")], LIMIT).unwrap();
    assert_eq!(journal.writer(), writer, "the writer did not have to go on elsewhere");
    let loaded = load(home.path());
    assert_eq!(loaded.entries.len(), 3);
    assert!(loaded.faults.is_empty(), "{:?}", loaded.faults);
}
