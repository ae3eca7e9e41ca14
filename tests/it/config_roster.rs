//! roster.toml: what it gives, and that every mistake is named with file, line, column and how to mend it.

use std::path::Path;

use rstest::rstest;
use warroom::config::load_roster;
use warroom::config::parse_roster;
use warroom::domain::roster::Level;
use warroom::domain::roster::MAX_STAKE;
use warroom::domain::roster::Roster;
use warroom::domain::roster::Signatures;
use warroom::domain::roster::StatusSource;
use warroom::domain::time::Span;

const ALICE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMOzqp5S4J5P81A3gTdq1BlRKsWbcXrRNO4AsWhUVj6h alice@laptop";
const ECDSA: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBFkRs4TM1mpV8s5iNm5t/646KPOTMRAd5xuvUI8Vxq87MImAzGvGcd1e9ij4yIFemUHpuyXvaddYVKEIIl1osxs=";

fn parse(text: &str) -> Result<Roster, Vec<String>> {
    parse_roster(Path::new("/srv/warroom/roster.toml"), text)
        .map_err(|all| all.iter().map(ToString::to_string).collect())
}

fn only_problem(text: &str) -> String {
    let problems = parse(text).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems[0].clone()
}

#[test]
fn a_whole_roster() {
    let text = format!(
        r#"
signatures = "required"
[[person]]
name = "alice"
keys = ["{ALICE}", "{ECDSA}"]
roles_allowed = ["incident-commander", "scribe"]
level = "commander"
contact = "+49 30 555 0100"
timezone = "Europe/Berlin"
[[person]]
name = "bob"
[[operator]]
name = "northstake"
stake = 1_120_000
status = "https://status.northstake.example/status.json"
answers_within = "15m"
constraints = ["cannot restart before 06:00 UTC"]
[[operator]]
name = "koto"
stake = 7
status = "drop/koto.json"
[[role]]
id = "bridge-guardian"
required = true
[[escalation]]
id = "on-call"
people = ["alice", "bob"]
ack_within = "5m"
[[matrix]]
incident = "finality-stall"
body = "incident-commander"
approvals = "2 of 3"
deadline = "30m"
"#
    );
    let roster = parse(&text).unwrap();
    assert_eq!(roster.signatures, Signatures::Required);
    assert_eq!(roster.level("alice"), Level::Commander);
    assert_eq!(roster.level("bob"), Level::Responder);
    assert_eq!(roster.level("mallory"), Level::Observer);
    assert_eq!(roster.person("alice").unwrap().keys.len(), 2);
    let north = roster.operator("northstake").unwrap();
    assert_eq!((north.stake, north.answers_within), (1_120_000, Some(Span::from_mins(15))));
    let koto = roster.operator("koto").unwrap();
    assert_eq!(koto.status, Some(StatusSource::File("/srv/warroom/drop/koto.json".into())));
    assert_eq!(roster.matrix[0].approvals, Some((2, 3)));
    assert!(roster.roles[0].required);
    let pinned = roster.pinned().unwrap();
    assert_eq!(pinned.operators["koto"], 7);
    assert_eq!(pinned.sha256.len(), 64);
}

#[test]
fn without_a_roster_everybody_may_do_everything() {
    let loaded = load_roster(Path::new("/nonexistent/roster.toml"));
    assert!(!loaded.present && loaded.problems.is_empty() && loaded.value.is_absent());
    assert_eq!(loaded.value.level("anybody"), Level::Commander);
    assert!(loaded.value.pinned().is_none());
}

#[rstest]
#[case("[[persn]]\nname = \"a\"", "roster.toml:1:3: unknown key `persn` in the roster; did you mean `person`?")]
#[case(
    "[[person]]\nnmae = \"a\"\nname = \"b\"",
    "roster.toml:2:1: unknown key `nmae` in [[person]]; did you mean `name`?"
)]
#[case("[[person]]\ncontact = \"x\"", "roster.toml:1:1: [[person]] has no `name`; add `name = \"alice\"`")]
#[case("[[person]]\nname = 7", "roster.toml:2:8: `name` is a whole number; it must be text in quotes")]
#[case("[person]\nname = \"a\"", "roster.toml:1:1: `person` is a table; it must be a list of tables; write [[person]]")]
#[case(
    "[[person]]\nname = \"a\"\nlevel = \"comander\"",
    "roster.toml:3:9: `level` cannot be `comander`; did you mean `commander`?"
)]
#[case(
    "[[person]]\nname = \"a\"\n[[person]]\nname = \"a\"",
    "roster.toml:4:8: `a` is named twice, first in line 2; each name stands once"
)]
#[case(
    "[[operator]]\nname = \"a\"\nstake = 9007199254740992",
    "roster.toml:3:9: stake must be 0 to 9007199254740991 (2^53 - 1); use a larger unit"
)]
#[case("[[operator]]\nname = \"a\"\nstake = -1", "roster.toml:3:9: stake must be 0 to")]
#[case(
    "[[operator]]\nname = \"a\"\nanswers_within = \"soon\"",
    "roster.toml:3:18: `soon` is not a length of time; write `90s`"
)]
#[case("[[operator]]\nname = \"a\"\nstatus = \"ftp://h/x\"", "roster.toml:3:10: `ftp://h/x` does not begin with http")]
#[case("[[person]]\nname = \"a\"\nkeys = [\"ssh-ed25519 AAAAC3Nz\"]", "roster.toml:3:9: not an OpenSSH public key")]
#[case("[[person]]\nname = \"a\\u202eb\"", "roster.toml:2:8: the name holds the character \\u{202e}")]
#[case(
    "signatures = \"sometimes\"",
    "roster.toml:1:14: `signatures` cannot be `sometimes`; known here: required, when-possible, off"
)]
#[case("signatures = ", "roster.toml:1:")]
fn each_mistake_is_named_with_its_place(#[case] text: &str, #[case] says: &str) {
    let problem = only_problem(text);
    assert!(problem.strip_prefix("/srv/warroom/").unwrap().starts_with(says), "{problem}");
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_lines() {
    let problems = parse("zzz = 1\n[[person]]\nname = \"\"\n[[operator]]\nname = \"o\"\nstake = true\n").unwrap_err();
    let lines: Vec<&str> = problems.iter().map(|p| p.split(':').nth(1).unwrap()).collect();
    assert_eq!(lines, ["1", "3", "6"], "{problems:#?}");
}

#[test]
fn one_key_under_two_names_is_found() {
    let text = format!(
        "[[person]]\nname = \"a\"\nkeys = [\"{ALICE}\"]\n[[person]]\nname = \"b\"\nkeys = [\"{ALICE} other comment\"]"
    );
    assert!(only_problem(&text).contains("this key stands already in line 3"));
}

#[test]
fn a_private_key_is_never_repeated() {
    let text = "[[person]]\nname = \"a\"\nkeys = [\"-----BEGIN OPENSSH PRIVATE KEY----- c2VjcmV0\"]";
    let problem = only_problem(text);
    assert!(problem.contains("PRIVATE key") && !problem.contains("c2VjcmV0"), "{problem}");
}

#[test]
fn the_largest_stake_is_taken() {
    let roster = parse(&format!("[[operator]]\nname = \"a\"\nstake = {MAX_STAKE}")).unwrap();
    assert_eq!(roster.operators[0].stake, MAX_STAKE);
}

#[test]
fn a_file_that_is_no_text_or_too_long_is_a_problem_not_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("roster.toml");
    std::fs::write(&file, b"a = 1\nb = \"\xff\"\n").unwrap();
    let loaded = load_roster(&file);
    assert!(
        loaded.problems[0].to_string().contains("roster.toml:2:1: this line is not UTF-8"),
        "{:?}",
        loaded.problems
    );
    std::fs::write(&file, vec![b'#'; 1_048_577]).unwrap();
    assert!(load_roster(&file).problems[0].to_string().contains("larger than 1024 KiB"));
    assert!(load_roster(dir.path()).problems[0].to_string().contains("cannot be read"));
}
