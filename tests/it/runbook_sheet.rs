//! Restart sheets: the seven faults that the document of the Solana restart of 2024-02-06 really had, each in a sheet of our own
//! making; freezing; and runs that take their constants from the log.

use rstest::rstest;
use warroom::runbook::model::Runbook;
use warroom::runbook::sheet::{Sheet, blank, differences, frozen, lint, read};
use warroom::runbook::shelf::Shelf;

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
    house.run(&["runbook", "run", "solana-restart", "--until", "tools"]);
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
