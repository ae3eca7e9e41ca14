//! Restart sheets: the seven faults that the document of the Solana restart of 2024-02-06 really had, each in a sheet of our own
//! making; freezing; and runs that take their constants from the log.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use rstest::rstest;
use warroom::domain::command::{Command, Request};
use warroom::domain::decide::decide;
use warroom::domain::entry::{Entry, NewEntry};
use warroom::domain::event::{Event, IncidentDeclared, SheetFrozen};
use warroom::domain::id::PersonId;
use warroom::domain::incident::Ledger;
use warroom::domain::time::At;
use warroom::runbook::model::Runbook;
use warroom::runbook::sheet::{Sheet, blank, differences, frozen, given, lint, read};
use warroom::runbook::shelf::Shelf;

use crate::support::log::place;
use crate::support::warroom::Warroom;

/// As the values finally were; addresses and checksum are ours.
const GOOD: &str = r#"warroom-sheet = 1
runbook = "solana-restart"
incident = "2024-02-06 halt"
says-go = "the operators' call, by roll call"
note = "bank hash compared by five operators"
status = "draft"

[constants]
restart_slot = "246464040"
bank_hash = "2QEvBsp9cqjpKVkDyiPzKQjCxBEBhAcWQYTVHn4tmng7"
shred_version = "50093"
release = "1.17.20"
release_url = "https://github.com/example/releases/download/v1.17.20/release.tar.bz2"
release_sha256 = "6d2f3c9a01b4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e"
snapshot_url = "https://snapshots.example.org/snapshot-246464040-abc.tar.zst"
threshold = "80"
flags_added = "add --wait-for-supermajority 246464040 --expected-bank-hash 2QEvBsp9cqjpKVkDyiPzKQjCxBEBhAcWQYTVHn4tmng7 --expected-shred-version 50093"
flags_removed = "remove --wait-for-supermajority --expected-bank-hash --expected-shred-version"
spare_identity = "unstaked until 80 %"
"#;

/// The sheet of an older restart.
const OLDER: &[(&str, &str)] = &[
    ("2024-02-06 halt", "2022-10-01 halt"),
    ("246464040", "153139220"),
    ("50093", "4711"),
    ("2QEvBsp9cqjpKVkDyiPzKQjCxBEBhAcWQYTVHn4tmng7", "3REvBsp9cqjpKVkDyiPzKQjCxBEBhAcWQYTVHn4tmng8"),
    ("6d2f3c9a", "7e2f3c9a"),
];

fn sheet(edits: &[(&str, &str)]) -> Sheet {
    let text = edits.iter().fold(GOOD.to_owned(), |text, (a, b)| {
        assert!(text.contains(a), "{a}");
        text.replace(a, b)
    });
    read(text.as_bytes()).unwrap()
}

fn book() -> Runbook {
    Shelf::shipped().book("solana-restart").unwrap().clone()
}

fn faults(sheet: &Sheet) -> Vec<String> {
    lint(&book(), sheet, &[self::sheet(OLDER)]).iter().map(|f| f.in_file("sheet.toml")).collect()
}

#[test]
fn a_sheet_without_fault_has_none() {
    assert_eq!(faults(&sheet(&[])), Vec::<String>::new());
    assert_eq!(sheet(&[]).digest(), sheet(&[]).digest());
    assert_ne!(sheet(&[]).digest(), sheet(&[("50093", "50094")]).digest());
    let go = sheet(&[]).says_go;
    assert_ne!(
        sheet(&[]).digest(),
        sheet(&[(go.as_str(), "somebody else")]).digest(),
        "who says go is read aloud with it"
    );
}

#[rstest]
// 10:25 to 10:33: the template still held the slot of an older incident.
#[case(&[("246464040", "153139220")], "restart_slot is `153139220`, as in the sheet of 2022-10-01 halt")]
// 10:42 to 11:40: a release was named, followed, and replaced; no artefact had ever proved it.
#[case(&[("release = \"1.17.20\"", "release = \"1.17.19\"")], "release_url does not agree with release: `1.17.19` is not in it")]
// 11:18 to 12:05: the command lacked the slot.
#[case(&[("supermajority 246464040", "supermajority")], "flags_added does not agree with restart_slot")]
// 11:40: hash and shred version came an hour and three quarters after the document; until then it could not be followed.
#[case(&[("\"50093\"", "\"TBD\"")], "shred_version is missing")]
// 12:41 to 12:53: the snapshot of another slot.
#[case(&[("snapshot-246464040", "snapshot-246444769")], "snapshot_url does not agree with restart_slot")]
// 12:47: a link into a chat as a download.
#[case(&[("https://github.com/example/releases/download/v1.17.20/", "https://cdn.chat.example/attachments/v1.17.20/")], "release_url is on `cdn.chat.example`")]
// To the end: a heading that said that there was no consensus yet.
#[case(&[("bank hash compared", "NO CONSENSUS yet; bank hash compared")], "it says `no consensus` of itself")]
// 13:43, three hours late: what a hot spare does with its identity.
#[case(&[("\"unstaked until 80 %\"", "\"\"")], "spare_identity is missing")]
fn the_faults_of_the_real_document_are_caught(#[case] edits: &[(&str, &str)], #[case] says: &str) {
    let found = faults(&sheet(edits));
    assert!(found.iter().any(|f| f.contains(says)), "{found:#?}");
    assert!(found.iter().all(|f| f.starts_with("sheet.toml:") && f.contains("; ")), "{found:#?}");
}

#[rstest]
#[case(&[("says-go = \"the operators' call, by roll call\"", "says-go = \"\"")], "nobody is named who says go")]
#[case(&[("shred_version =", "shred_versoin =")], "did you mean shred_version?")]
#[case(&[("\"50093\"", "\"5009three\"")], "shred_version")]
#[case(&[("release = \"1.17.20\"", "release = \"1.17.2\"")], "does not agree with release: `1.17.2`")]
#[case(&[("status = \"draft\"", "status = \"frozen\"\ndigest = \"00\"")], "edited after it was frozen")]
fn more_that_people_get_wrong(#[case] edits: &[(&str, &str)], #[case] says: &str) {
    let found = faults(&sheet(edits));
    assert!(found.iter().any(|f| f.contains(says)), "{found:#?}");
}

#[test]
fn a_copied_sheet_is_told_by_its_incident_and_its_values() {
    let found: Vec<String> = lint(&book(), &sheet(&[]), &[sheet(&[])]).into_iter().map(|f| f.what).collect();
    assert!(found.iter().any(|f| f.contains("another sheet is of `2024-02-06 halt` as well")), "{found:#?}");
    assert!(found.iter().any(|f| f.contains("restart_slot is `246464040`, as in the sheet of")), "{found:#?}");
}

#[test]
fn a_neighbour_that_cannot_be_read_stops_the_lint_and_a_foreign_file_does_not() {
    let house = Warroom::new();
    house.write("sheets/now.toml", GOOD);
    house.write("sheets/other.toml", "[package]\nname = \"x\"\n");
    let file = house.home().join("sheets/now.toml").display().to_string();
    let lint = || house.run(&["runbook", "sheet", "lint", &file]);
    assert_eq!(lint().code, 0, "{:?}", lint());
    house.write("sheets/broken.toml", &GOOD.replace("says-go", "says-stop"));
    let broken = lint();
    assert!(broken.code == 2 && broken.err.contains("broken.toml:4"), "{broken:?}");
    house.write("sheets/broken.toml", GOOD);
    let copied = lint();
    assert!(copied.code == 1 && copied.out.contains("now.toml:3: error: another sheet is of"), "{copied:?}");
}

#[test]
fn a_constant_is_never_called_as_a_key_of_the_sheet() {
    let text = GOOD.replace("[constants]\n", "[constants]\nstatus = \"draft\"\ndigest = \"ab\"\n");
    let done = frozen(&text, "00");
    assert!(done.contains("[constants]\nstatus = \"draft\"\ndigest = \"ab\"\n"), "{done}");
    assert!(done.contains("status = \"frozen\"\ndigest = \"00\"\n\n[constants]"), "{done}");
    let front = "---\nwarroom: 1\nid: t\ntitle: T\nrevision: 1\nparams:\n  - {name: status, type: string}\nsheet:\n  - {name: status}\n---\n## A {#a kind=note}\nWhy.\n";
    let origin = warroom::runbook::model::Origin::BuiltIn;
    let faults = warroom::runbook::parse::parse(front.as_bytes(), "t.md", origin).unwrap_err();
    assert!(format!("{faults:?}").contains("`status` cannot name a constant"), "{faults:?}");
}

#[test]
fn what_differs_is_told_value_by_value() {
    let told = differences(&sheet(&[]), &sheet(&[("release = \"1.17.20\"", "release = \"1.17.21\"")]));
    assert_eq!(told, ["release: 1.17.20 -> 1.17.21"]);
}

#[test]
fn a_blank_sheet_reads_and_every_constant_of_it_is_missing() {
    let text = blank(&book());
    let sheet = read(text.as_bytes()).unwrap();
    let missing = lint(&book(), &sheet, &[]).iter().filter(|f| f.what.ends_with("is missing")).count();
    assert_eq!((missing, sheet.values.len()), (11, 11));
    let done = frozen(GOOD, &self::sheet(&[]).digest());
    assert_eq!(read(done.as_bytes()).unwrap().frozen.as_deref(), Some(self::sheet(&[]).digest().as_str()));
}

#[test]
fn broken_files_name_their_line() {
    let at = |text: &str| read(text.as_bytes()).unwrap_err();
    assert_eq!(at(&GOOD.replace("status = \"draft\"", "status = draft")).line, 6);
    assert_eq!(at(&GOOD.replace("says-go", "says-stop")).line, 4);
    assert!(at(&GOOD.replace("status = \"draft\"", "status = \"final\"")).what.contains("neither draft nor frozen"));
    assert!(at(&GOOD.replace("roll call", "roll\u{202e}call")).what.contains("hidden character"));
}

#[test]
fn a_run_takes_its_constants_from_the_frozen_sheet_alone() {
    let house = Warroom::new();
    assert_eq!(house.run(&["declare", "--severity", "1", "halt"]).code, 0);
    let none = house.run(&["runbook", "run", "solana-restart"]);
    assert!(none.code == 3 && none.err.contains("none is in the log"), "{none:?}");
    house.write("sheets/now.toml", GOOD);
    house.write("sheets/old.toml", &OLDER.iter().fold(GOOD.to_owned(), |t, (a, b)| t.replace(a, b)));
    let file = house.home().join("sheets/now.toml").display().to_string();
    let lint = house.run(&["runbook", "sheet", "lint", &file]);
    assert!(lint.code == 0 && lint.err.contains("restart_slot: 153139220 -> 246464040"), "{lint:?}");
    let done = house.run(&["runbook", "sheet", "freeze", &file]);
    assert!(done.code == 0 && done.out.contains("frozen; read it aloud: "), "{done:?}");
    assert_eq!(house.run(&["runbook", "sheet", "freeze", &file]).code, 2, "frozen once");
    assert_eq!(house.run(&["runbook", "sheet", "lint", &file]).code, 0);
    let log = house.run(&["log"]).out;
    assert!(log.contains("sheet of solana-restart frozen, digest ") && log.contains("11 constants"), "{log}");
    let other = house.run(&["runbook", "run", "solana-restart", "--param", "restart_slot=246464041"]);
    assert!(other.code == 3 && other.err.contains("stands in the frozen sheet"), "{other:?}");
    // Its first command fails here (nobody answers); what counts is what the run was begun with.
    house.run(&["runbook", "run", "solana-restart", "--until", "tools", "--param", "other_url=http://127.0.0.1:1"]);
    let begun = std::fs::read_dir(house.home().join("incidents")).unwrap().flatten().next().unwrap().path().join("log");
    let text: String =
        std::fs::read_dir(begun).unwrap().flatten().map(|f| std::fs::read_to_string(f.path()).unwrap()).collect();
    assert!(text.contains(r#""kind":"sheet.frozen""#) && text.contains(r#""restart_slot":"246464040""#), "{text}");
    // One character edited afterwards is seen.
    let edited = std::fs::read_to_string(&file).unwrap().replace("50093", "50039");
    std::fs::write(&file, edited).unwrap();
    let again = house.run(&["runbook", "sheet", "lint", &file]);
    assert!(again.code == 1 && again.out.contains("edited after it was frozen"), "{again:?}");
}

/// The good sheet as an entry holds it, under its own digest.
fn settled() -> SheetFrozen {
    let sheet = sheet(&[]);
    SheetFrozen {
        runbook: sheet.runbook.clone(),
        sheet: sheet.digest(),
        values: sheet.values,
        says_go: sheet.says_go.clone(),
    }
}

fn entry(seq: u64, frozen: SheetFrozen) -> Entry {
    place(NewEntry::human(&PersonId::new("alice"), frozen), "alice@a", seq, At::from_secs(1_000))
}

/// Other values under the digest that was agreed on would pass every reading aloud: such an entry takes nobody's place.
#[test]
fn other_values_under_the_agreed_digest_have_no_effect() {
    let good = settled();
    let mut forged = good.clone();
    forged.values.insert("restart_slot".to_owned(), "246464041".to_owned());
    let mut ledger = Ledger::new();
    ledger.extend([entry(0, good.clone()), entry(1, forged.clone())]);
    let incident = ledger.incident();
    assert_eq!(incident.sheets, std::slice::from_ref(&good));
    let why = &incident.no_effect[&entry(1, forged.clone()).name()];
    assert!(why.contains("it says the digest") && why.contains("its constants have"), "{why}");
    let taken = given(&book(), &incident.sheets, BTreeMap::new()).unwrap();
    assert_eq!(taken["restart_slot"], "246464040");
    // What is read aloud from the log is never the digest that such an entry claims.
    let says = |frozen: SheetFrozen| Event::from(frozen).sentence();
    assert!(says(good.clone()).contains(&good.sheet[..8]), "{}", says(good.clone()));
    assert!(!says(forged.clone()).contains(&good.sheet[..8]), "{}", says(forged.clone()));
    // Nor is it taken as the only one, or from here.
    let mut alone = Ledger::new();
    alone.extend([entry(0, forged.clone())]);
    assert_eq!(alone.incident().sheets, []);
    let alice = PersonId::new("alice");
    let declared = IncidentDeclared { title: "halt".to_owned(), severity: 1, onset: None };
    ledger.extend([place(NewEntry::human(&alice, declared), "alice@a", 2, At::from_secs(1_001))]);
    let freeze = |sheet: SheetFrozen| decide(&ledger, &Request::new(&alice, Command::Run(vec![sheet.into()])));
    let refused = freeze(forged).unwrap_err();
    assert!(refused.says.contains("it says the digest"), "{refused:?}");
    assert!(freeze(good).is_ok());
}

/// Logs of before hold digests that left open who says go.
#[test]
fn a_digest_of_the_first_form_keeps_its_effect_and_who_says_go_is_in_the_new_one() {
    let ours = settled();
    let mut text = format!("warroom sheet v1\nrunbook: {}\n", ours.runbook);
    ours.values.iter().for_each(|(n, v)| text.push_str(&format!("constant: {n} {} {v}\n", v.len())));
    let old = SheetFrozen { sheet: warroom::journal::Hash::of(text.as_bytes()).to_string(), ..ours.clone() };
    assert_ne!(old.sheet, ours.sheet);
    assert_eq!((old.fault(), ours.fault()), (None, None));
    let other = SheetFrozen { says_go: "whoever asks".to_owned(), ..ours };
    assert!(other.fault().is_some_and(|why| why.contains("it says the digest")));
}

/// A name that holds the text of another constant makes two sheets of one digest.
#[test]
fn a_name_that_is_read_as_two_constants_has_no_effect() {
    let sheet = |values: &[(&str, &str)]| SheetFrozen {
        runbook: "r".into(),
        sheet: String::new(),
        values: values.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        says_go: String::new(),
    };
    let two = sheet(&[("a", "1"), ("b", "2")]);
    let one = sheet(&[("a 1 1\nconstant: b", "2")]);
    assert_eq!(two.digest(), one.digest(), "else this test proves nothing");
    assert_eq!(SheetFrozen { sheet: two.digest(), ..two.clone() }.fault(), None);
    assert!(SheetFrozen { sheet: two.digest(), ..one }.fault().is_some_and(|why| why.contains("is no name")));
}

#[test]
fn freezing_with_json_puts_nothing_else_on_stdout() {
    let house = Warroom::new();
    assert_eq!(house.run(&["declare", "--severity", "1", "halt"]).code, 0);
    house.write("now.toml", &GOOD.replace("\"50093\"", "\"TBD\""));
    let file = house.home().join("now.toml").display().to_string();
    let faulty = house.run(&["runbook", "sheet", "freeze", "--json", &file]);
    assert!(faulty.code == 1 && faulty.out.is_empty() && faulty.err.contains("shred_version is missing"), "{faulty:?}");
    house.write("now.toml", GOOD);
    let done = house.run(&["runbook", "sheet", "freeze", "--json", &file]);
    assert_eq!(done.code, 0, "{done:?}");
    let lines: Vec<serde_json::Value> = done.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(lines.len() == 1 && lines[0]["kind"] == "sheet.frozen", "{done:?}");
    assert!(done.err.contains("frozen; read it aloud: "), "{done:?}");
}

/// The file is replaced whole, behind the link that leads to it and with its permissions; a disk that takes nothing leaves
/// the draft as it was.
#[test]
fn the_frozen_file_is_there_whole_or_as_it_was() {
    let house = Warroom::new();
    assert_eq!(house.run(&["declare", "--severity", "1", "halt"]).code, 0);
    house.write("kept/now.toml", GOOD);
    let (kept, link) = (house.home().join("kept"), house.home().join("link.toml"));
    let (file, mode) = (kept.join("now.toml"), |bits| std::fs::Permissions::from_mode(bits));
    std::fs::set_permissions(&file, mode(0o640)).unwrap();
    symlink(&file, &link).unwrap();
    let inode = |path: &std::path::Path| std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(path).unwrap());
    let before = inode(&file);
    let freeze = || house.run(&["runbook", "sheet", "freeze", &link.display().to_string()]);
    let done = freeze();
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), frozen(GOOD, &sheet(&[]).digest()));
    assert_ne!(inode(&file), before, "written over, where a full disk would leave it cut");
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read_dir(&kept).unwrap().count(), 1, "nothing half-written stays");
}
