//! `warroom guard` as runbooks and people call it: exit 0 only for what is proved, each other end with its own code.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use rstest::rstest;
use warroom::domain::time::{At, Span};

use crate::support::replies::Replies;
use crate::support::warroom::{Said, Warroom};

fn state(house: &Warroom, name: &str, height: u32) -> String {
    let path = house.home().join(name);
    fs::write(&path, format!(r#"{{"height":"{height}","round":0,"step":3}}"#)).unwrap();
    path.display().to_string()
}

#[test]
fn a_state_is_shown_and_compared() {
    let house = Warroom::new();
    let (new, old) = (state(&house, "new.json", 12), state(&house, "old.json", 10));
    let shown = house.run(&["guard", "show", "cometbft", &new]);
    assert_eq!((shown.code, shown.out.as_str()), (0, "signer  height 12 round 0 step 3\n"));
    assert_eq!(house.run(&["guard", "covers", "cometbft", &new, &old]).code, 0);
    let older = house.run(&["guard", "covers", "cometbft", &old, &new]);
    assert_eq!(older.code, 3);
    assert!(older.out.contains("OLDER than height 12") && older.err.contains("do not sign"), "{older:?}");
    assert_eq!(house.run(&["guard", "above", "cometbft", &new, "--height", "13"]).code, 0);
    assert_eq!(house.run(&["guard", "above", "cometbft", &new, "--height", "12"]).code, 3);
    assert_eq!(house.run(&["guard", "above", "cometbft", &new, "--epoch", "12"]).code, 2);
    let seen = |at: &str| house.run(&["guard", "above", "cometbft", &new, "--height", "15", "--at-least", at]).code;
    assert_eq!((seen("12"), seen("13")), (0, 3));
    let wiped = state(&house, "wiped.json", 0);
    for ended in [
        house.run(&["guard", "above", "cometbft", &wiped, "--height", "13"]),
        house.run(&["guard", "covers", "cometbft", &wiped, &wiped]),
    ] {
        assert!(ended.code == 3 && ended.out.contains("a wiped one says the same"), "{ended:?}");
    }
    let gone = house.run(&["guard", "show", "cometbft", "/nowhere/state.json"]);
    assert!(gone.code == 2 && gone.err.contains("/nowhere/state.json: cannot be read"), "{gone:?}");
}

/// `systemctl` of a host whose unit stands so.
fn systemctl(house: &Warroom, active: &str, enabled: &str) -> String {
    let folder = house.home().join("bin");
    fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "#!/bin/sh\ncase $1 in is-active) echo {active}; exit 3 ;; is-enabled) echo {enabled}; exit 1 ;; esac\n"
    );
    fs::write(folder.join("systemctl"), text).unwrap();
    fs::set_permissions(folder.join("systemctl"), fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:/usr/bin:/bin", folder.display())
}

#[rstest]
#[case("inactive", "disabled", 0, "unit validator is disabled")]
#[case("inactive", "enabled", 3, "comes back with the next boot")]
#[case("active", "disabled", 3, "stop it first")]
#[case("inactive", "not-found", 3, "knows no unit validator")]
fn a_unit_must_be_off_for_good(#[case] active: &str, #[case] enabled: &str, #[case] code: i32, #[case] says: &str) {
    let house = Warroom::new();
    let path = systemctl(&house, active, enabled);
    let ended = Said::from(house.command(&["guard", "off", "--unit", "validator"]).env("PATH", path).output().unwrap());
    assert!(ended.code == code && ended.out.contains(says), "{ended:?}");
}

#[test]
fn a_key_is_moved_away_only_from_where_it_was() {
    let house = Warroom::new();
    let key = house.home().join("key.json");
    let path = systemctl(&house, "inactive", "disabled");
    let asked = |file: &str| {
        let mut command = house.command(&["guard", "off", "--unit", "validator", "--key-file", file]);
        Said::from(command.env("PATH", &path).output().unwrap())
    };
    assert_eq!(asked(&key.display().to_string()).code, 0);
    fs::write(&key, "{}").unwrap();
    assert_eq!(asked(&key.display().to_string()).code, 3);
    let wrong = asked("/nowhere/at/all/key.json");
    assert!(wrong.code == 3 && wrong.out.contains("the wrong host or path"), "{wrong:?}");
    assert_eq!(house.run(&["guard", "off"]).code, 2, "no evidence is no proof");
    // A signer that runs has its key in memory: that the file is gone, or is misspelt, says nothing alone.
    fs::remove_file(&key).unwrap();
    assert_eq!(house.run(&["guard", "off", "--key-file", &key.display().to_string()]).code, 2);
}

const SYNC: &str =
    r#"{"result":{"sync_info":{"latest_block_height":"HEIGHT","latest_block_time":"TIME","catching_up":false}}}"#;
const BLOCK: &str = r#"{"result":{"block":{"header":{"height":"HEIGHT","time":"TIME","proposer_address":"CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"},"last_commit":{"signatures":[{"block_id_flag":2,"validator_address":"ABABABABABABABABABABABABABABABABABABABAB"}]}}}}"#;

const SET: &str = r#"{"result":{"validators":[{"address":"MEMBER"}],"total":"3"}}"#;
/// Signs each block; has a seat and is silent; is nobody.
const ALIVE: &str = "ABABABABABABABABABABABABABABABABABABABAB";
const SILENT: &str = "00FF00FF00FF00FF00FF00FF00FF00FF00FF00FF";
const NOBODY: &str = "1234567890123456789012345678901234567890";

/// A chain at these heights, whose newest block is of this time, with so many seconds from block to block; the binary's clock
/// stands at 03:00.
fn node(heights: &[u32], time: &str, pace: i64) -> Replies {
    let node = Replies::new(&[]);
    let status: Vec<String> =
        heights.iter().map(|h| SYNC.replace("HEIGHT", &h.to_string()).replace("TIME", time)).collect();
    node.set("/status", &status.iter().map(String::as_str).collect::<Vec<_>>());
    let newest = heights[heights.len() - 1];
    for h in 1..=newest {
        // Each has a page of its own.
        for (page, member) in (1..).zip(["CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC", ALIVE, SILENT]) {
            let path = format!("/validators?height={h}&page={page}&per_page=100");
            node.set(&path, &[&SET.replace("MEMBER", member)]);
        }
        let at = At::parse(time).unwrap().plus(Span::from_secs(pace * (i64::from(h) - i64::from(newest))));
        let block = BLOCK.replace("HEIGHT", &h.to_string()).replace("TIME", &at.to_string());
        node.set(&format!("/block?height={h}"), &[&block]);
    }
    node
}

#[test]
fn silence_is_asked_of_a_chain_that_goes_on() {
    let house = Warroom::new();
    let asked = |key: &str| {
        // A node of its own for each question: its chain goes on once.
        let node = node(&[20, 21], "2026-11-21T02:59:58.123456789Z", 7);
        house.run(&["guard", "silent", "cometbft", "--url", &node.url, "--key", key])
    };
    let silent = asked(SILENT);
    assert_eq!(silent.code, 0, "{silent:?}");
    for part in [
        "the chain went on from height 20 to 21\n".to_owned(),
        format!("{SILENT} is a validator at height 12\n{SILENT} is a validator at height 21\n"),
        "the blocks looked at span 1 min".to_owned(),
        format!("no signature of {SILENT} in 10 blocks, 12 to 21\n"),
    ] {
        assert!(silent.out.contains(&part), "{part}: {silent:?}");
    }
    let alive = asked(&ALIVE.to_lowercase());
    assert!(alive.code == 3 && alive.out.contains("SIGNED"), "{alive:?}");
    let nobody = asked(NOBODY);
    assert!(nobody.code == 3 && nobody.out.contains("none of the 3 validators at height 12"), "{nobody:?}");
    for other in ["00FF", &format!("0x{SILENT}"), "cosmosvaloper1clpqr4nrk4khgkxj78fcwwh6dl3uw4epsluffn"] {
        let refused = asked(other);
        assert!(refused.code == 2 && refused.err.contains("40 hex digits"), "{refused:?}");
    }
}

#[test]
fn a_fast_chain_is_looked_at_for_a_minute_and_a_young_one_proves_nothing() {
    let house = Warroom::new();
    let asked =
        |node: &Replies, key: &str| house.run(&["guard", "silent", "cometbft", "--url", &node.url, "--key", key]);
    let fast = || node(&[79, 80], "2026-11-21T02:59:58Z", 1);
    let silent = asked(&fast(), SILENT);
    assert!(silent.code == 0 && silent.out.contains("in 61 blocks, 20 to 80\n"), "{silent:?}");
    assert_eq!(asked(&fast(), ALIVE).code, 3);
    let young = asked(&node(&[20, 21], "2026-11-21T02:59:58Z", 1), SILENT);
    assert!(young.code == 3 && young.out.contains("are needed: wait, and look again"), "{young:?}");
}

#[test]
fn a_node_that_sees_an_old_chain_proves_nothing() {
    let (house, node) = (Warroom::new(), node(&[20, 21], "2026-11-21T02:58:59Z", 7));
    let stale = house.run(&["guard", "silent", "cometbft", "--url", &node.url, "--key", SILENT]);
    assert!(stale.code == 3 && stale.out.contains("does not see the chain of now"), "{stale:?}");
}

#[test]
fn unreachable_is_not_dead() {
    let house = Warroom::new();
    let ended = house.run(&["guard", "silent", "cometbft", "--url", "http://127.0.0.1:1", "--key", SILENT]);
    assert!(ended.code == 4 && ended.err.contains("unreachable is not dead"), "{ended:?}");
}
