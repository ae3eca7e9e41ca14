//! Power cuts: a disk that loses what was not synced, bytes and names alike, at any call of the writer. What was acknowledged
//! before the cut is there after it, and the log is sound. Controls with a disk that lies must lose, else nothing is proven.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tempfile::{TempDir, tempdir, tempdir_in};
use warroom::domain::entry::{Disclosure, NewEntry};
use warroom::domain::time::At;
use warroom::journal::{Journal, create_incident_on, load, verify};

use crate::support::journal::{Caught, HandClock, LIMIT, note, options};
use crate::support::power::{Dice, Lie, Loss, PowerDisk};

/// Cuts in the ordinary run; `WARROOM_CUTS` asks for more.
const CUTS: u64 = 1_000;

/// A fresh incident after so many cuts of one.
const CUTS_EACH: u64 = 4;

/// In memory where there is such a folder: what survives is modelled, real syncs prove nothing here.
fn memory() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempdir_in(memory) } else { tempdir() }.unwrap()
}

/// Everything that was acknowledged, as long as the machine lives.
struct Played {
    acknowledged: Vec<String>,
    incident: Option<String>,
}

fn entries(of: &str, count: u64, dice: &mut Dice, number: &mut u64) -> (Vec<NewEntry>, Vec<String>) {
    let mut names = Vec::new();
    let made = (0..count).map(|_| {
        *number += 1;
        let name = format!("{of} {number} {}", "x".repeat(usize::try_from(dice.below(200)).unwrap()));
        names.push(name.clone());
        let mut new = note(of, &name);
        if dice.one_in(6) {
            new.disclosure = Disclosure::Internal;
        }
        new
    });
    (made.collect(), names)
}

/// Two people of one host declare (once), open, append and close on a disk that dies under them; `seed` is in every text.
fn play(disk: &PowerDisk, home: &Path, known: Option<&str>, seed: u64, dice: &mut Dice) -> Played {
    let mut played = Played { acknowledged: Vec::new(), incident: known.map(str::to_owned) };
    let incidents = home.join("data/incidents");
    if played.incident.is_none() {
        let day = At::parse("2026-11-21T03:00:00Z").unwrap();
        let Ok(id) = create_incident_on(&mut disk.clone(), &incidents, day, "stall") else { return played };
        played.incident = Some(id.to_string());
    }
    let dir = incidents.join(played.incident.as_deref().unwrap());
    let mut number = 0;
    let open = |who: &str| {
        let mut options = options(who);
        options.incident = played.incident.as_deref().unwrap().into();
        let clock = HandClock::at("2026-11-21T03:00:00Z");
        Journal::open_on(&dir, options, Arc::clone(&clock) as _, Box::new(disk.clone()), Caught::default().listener())
    };
    let mut consoles: Vec<_> = ["alice", "bob"].iter().map(|who| (*who, open(who).ok())).collect();
    for _ in 0..25 {
        if disk.is_cut() {
            break;
        }
        let which = usize::from(dice.one_in(2));
        let (who, journal) = &mut consoles[which];
        if dice.one_in(12) {
            *journal = None;
            *journal = open(who).ok();
        }
        let Some(journal) = journal else { continue };
        let count = 1 + dice.below(3);
        let (new, names) = entries(who, count, dice, &mut number);
        let names = names.into_iter().map(|n| format!("{seed} {n}"));
        let new = new.into_iter().zip(names.clone()).map(|(mut entry, name)| {
            entry.event = note(who, &name).event;
            entry
        });
        if journal.append_and_wait(new.collect(), LIMIT).is_ok() {
            played.acknowledged.extend(names);
        }
    }
    played
}

fn texts(dir: &Path) -> Vec<String> {
    let loaded = load(dir);
    let text = |e: &warroom::domain::entry::Entry| {
        let data: serde_json::Value = serde_json::from_str(&e.event.data().ok()?).ok()?;
        Some(data.get("text")?.as_str()?.to_owned())
    };
    loaded.entries.iter().filter_map(text).collect()
}

struct Lost {
    cuts: u64,
    acknowledged: u64,
    lost: u64,
    torn: u64,
    unsound: Vec<String>,
}

/// One incident over and over: play, cut the power, lay out what is left, look, go on with it.
fn suffer(first_seed: u64, cuts: u64, lie: Lie, loss: impl Fn(u64) -> Loss) -> Lost {
    let mut sum = Lost { cuts: 0, acknowledged: 0, lost: 0, torn: 0, unsound: Vec::new() };
    let (mut home, mut known, mut due) = (memory(), None::<String>, Vec::<String>::new());
    for seed in first_seed..first_seed + cuts {
        if (seed - first_seed).is_multiple_of(CUTS_EACH) {
            (home, known, due) = (memory(), None, Vec::new());
        }
        let mut dice = Dice::new(seed);
        let disk = PowerDisk::on(home.path(), lie, 2 + dice.below(50));
        let played = play(&disk, home.path(), known.as_deref(), seed, &mut dice);
        let next = memory();
        disk.after_the_cut(home.path(), next.path(), loss(seed), &mut dice);
        home = next;
        sum.cuts += 1;
        sum.acknowledged += played.acknowledged.len() as u64;
        due.extend(played.acknowledged);
        known = played.incident.filter(|id| home.path().join("data/incidents").join(id).is_dir());
        let there = known.as_ref().map(|id| home.path().join("data/incidents").join(id));
        let found = there.as_deref().map(texts).unwrap_or_default();
        let missing = due.iter().filter(|text| !found.contains(text)).count() as u64;
        sum.lost += missing;
        let report = there.as_deref().filter(|d| d.join("log").is_dir()).map(verify).unwrap_or_default();
        sum.torn += report.notes.iter().filter(|n| n.what.contains("torn")).count() as u64;
        if missing > 0 || !report.is_sound() {
            sum.unsound.push(format!("seed {seed}: {missing} lost; {:?}", report.faults));
            (home, known, due) = (memory(), None, Vec::new());
        }
    }
    sum
}

fn both(seed: u64) -> Loss {
    if seed.is_multiple_of(2) { Loss::All } else { Loss::Some }
}

#[test]
fn a_thousand_power_cuts_lose_nothing_that_was_acknowledged() {
    let cuts = std::env::var("WARROOM_CUTS").ok().and_then(|n| n.parse().ok()).unwrap_or(CUTS);
    let sum = suffer(1, cuts, Lie::None, both);
    println!("{} cuts, {} acknowledged, {} torn tails", sum.cuts, sum.acknowledged, sum.torn);
    assert!(sum.unsound.is_empty(), "{} of {cuts}: {:#?}", sum.unsound.len(), &sum.unsound[..sum.unsound.len().min(5)]);
    assert_eq!(sum.lost, 0);
    assert!(
        sum.acknowledged > 3 * cuts,
        "only {} acknowledged: the cuts come too early to prove anything",
        sum.acknowledged
    );
    assert!(sum.torn > 0, "no torn tail was seen: nothing was proven about them");
}

#[test]
fn the_control_without_syncs_of_files_loses() {
    let sum = suffer(1, 50, Lie::Files, |_| Loss::All);
    assert!(sum.lost * 10 > sum.acknowledged * 9, "{} of {}", sum.lost, sum.acknowledged);
}

#[test]
fn the_control_without_syncs_of_folders_loses() {
    let sum = suffer(1, 50, Lie::Folders, |_| Loss::All);
    assert!(sum.lost * 10 > sum.acknowledged * 9, "{} of {}", sum.lost, sum.acknowledged);
}

#[test]
fn a_folder_that_another_process_made_and_did_not_sync_is_synced() {
    let home = memory();
    let disk = PowerDisk::on(home.path(), Lie::None, u64::MAX);
    let dir = home.path().join("incidents/2026-11-21-finality-stall");
    // Somebody died between making folders and a file and syncing any of their names.
    let mut dying = disk.clone();
    for folder in [home.path().join("incidents"), dir.clone(), dir.join("log")] {
        warroom::journal::Disk::make_folder(&mut dying, &folder).unwrap();
    }
    drop(warroom::journal::Disk::create(&mut dying, &dir.join("log/alice@bastion.jsonl")).unwrap());
    let clock = HandClock::at("2026-11-21T03:00:00Z");
    for who in ["alice", "bob"] {
        let journal =
            Journal::open_on(&dir, options(who), Arc::clone(&clock) as _, Box::new(disk.clone()), |_| ()).unwrap();
        journal.append_and_wait(vec![note(who, who)], LIMIT).unwrap();
    }
    let after = memory();
    disk.after_the_cut(home.path(), after.path(), Loss::All, &mut Dice::new(1));
    assert_eq!(texts(&after.path().join("incidents/2026-11-21-finality-stall")), ["alice", "bob"]);
    assert!(fs::read_dir(after.path()).unwrap().count() > 0);
}
