//! Statements: what is signed means one thing only.

use rstest::rstest;
use warroom::domain::statement::{Approval, Checkpoint, Delegation, STATEMENT_MAX, Statement};
use warroom::domain::time::At;

fn at(text: &str) -> At {
    At::parse(text).unwrap()
}

fn delegation() -> Delegation {
    Delegation {
        incident: "2026-11-21-finality-stall".into(),
        principal: "alice".into(),
        key: "ssh-ed25519 AAAAC3Nz".into(),
        valid_from: at("2026-11-21T02:58:29Z"),
        expires: at("2026-11-21T14:58:29Z"),
    }
}

#[test]
fn each_kind_reads_back_as_it_was_written() {
    let approval = Approval {
        incident: "2026-11-21-finality-stall".into(),
        principal: "bob".into(),
        run: "r1".into(),
        step: "restart".into(),
        digest: "ab".repeat(32),
        expires: at("2026-11-21T03:29:00Z"),
    };
    let heads = [("alice@bastion".into(), (41, "cd".repeat(32))), ("bob@val3".into(), (7, "ef".repeat(32)))];
    let checkpoint = Checkpoint {
        incident: "2026-11-21-finality-stall".into(),
        principal: "alice".into(),
        occasion: "detach".to_owned(),
        heads: heads.into(),
    };
    assert_eq!(Statement::parse(&delegation().text()), Ok(Statement::Delegation(delegation())));
    assert_eq!(Statement::parse(&approval.text()), Ok(Statement::Approval(approval)));
    assert_eq!(Statement::parse(&checkpoint.text()), Ok(Statement::Checkpoint(checkpoint)));
}

#[test]
fn the_text_is_the_one_that_others_write() {
    let vector = "warroom delegation v1\nincident: 2026-11-21-finality-stall\nprincipal: alice\nkey: ssh-ed25519 AAAAC3Nz\n\
                  valid-from: 2026-11-21T02:58:29Z\nexpires: 2026-11-21T14:58:29Z\n";
    assert_eq!(delegation().text(), vector);
}

#[rstest]
#[case::another_kind("warroom delegation v1", "warroom delegation v2", "not a kind of statement")]
#[case::a_field_twice("principal: alice", "principal: alice\nprincipal: bob", "stands twice")]
#[case::a_field_of_another_kind("principal: alice", "principal: alice\nrun: r1", "no such field")]
#[case::a_field_missing("principal: alice\n", "", "has no `principal`")]
#[case::no_time("14:58:29Z", "half past two", "cannot be read")]
#[case::an_escape_sequence("alice", "al\u{1b}[2Jice", "control characters")]
#[case::no_last_newline("14:58:29Z\n", "14:58:29Z", "does not end with a newline")]
fn anything_that_could_be_read_in_two_ways_is_refused(#[case] from: &str, #[case] to: &str, #[case] says: &str) {
    let text = delegation().text();
    assert!(text.contains(from));
    let why = Statement::parse(&text.replace(from, to)).unwrap_err().to_string();
    assert!(why.contains(says), "{why}");
}

#[test]
fn an_endless_statement_is_not_read() {
    let text = format!("warroom checkpoint v1\n{}", "head: a 1 b\n".repeat(STATEMENT_MAX / 12 + 1));
    assert!(Statement::parse(&text).unwrap_err().to_string().contains("longer than"));
}
