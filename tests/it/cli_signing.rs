//! Verbs that sign: a session made once by the own key and taken up again, what ssh-keygen says of the lines, what happens
//! without a key, with a dead agent, with one that says no, and under a roster that requires signatures.

use std::path::Path;

use warroom::domain::entry::Seal;
use warroom::domain::incident::Ledger;
use warroom::domain::incident::Standing;
use warroom::journal;
use warroom::keys::Key;

use crate::support::own_keys::HardwareKey;
use crate::support::own_keys::Manner;
use crate::support::own_keys::PlayedAgent;
use crate::support::own_keys::StockAgent;
use crate::support::signer::Signer;
use crate::support::signer::stock_accepts;
use crate::support::warroom::Said;
use crate::support::warroom::Warroom;

fn call(home: &Warroom, agent: Option<&Path>, args: &[&str]) -> Said {
    let mut command = home.command(args);
    if let Some(socket) = agent {
        command.env("SSH_AUTH_SOCK", socket);
    }
    Said::from(command.output().unwrap())
}

fn roster(home: &Warroom, keys: &[&str], rule: &str) {
    let keys: Vec<String> = keys.iter().map(|k| format!("\"{k}\"")).collect();
    let text = format!("signatures = \"{rule}\"\n[[person]]\nname = \"alice\"\nkeys = [{}]\n", keys.join(", "));
    home.write("roster.toml", &text);
}

/// The only incident's folder.
fn incident(home: &Warroom) -> std::path::PathBuf {
    std::fs::read_dir(home.home().join("incidents")).unwrap().next().unwrap().unwrap().path()
}

fn ledger(home: &Warroom) -> Ledger {
    Ledger::of(journal::load(&incident(home)).entries)
}

/// The raw lines of the only chain.
fn lines(home: &Warroom) -> Vec<String> {
    let chains = std::fs::read_dir(incident(home).join("log")).unwrap().flatten();
    let file = chains.map(|e| e.path()).find(|p| p.extension().is_some_and(|e| e == "jsonl")).unwrap();
    std::fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn the_agents_key_vouches_once_and_every_line_is_signed_from_the_first_on() {
    let (home, signer) = (Warroom::new(), Signer::new());
    roster(&home, &[&signer.public()], "required");
    let agent = StockAgent::with(&[signer.file()], None);
    let said = call(&home, Some(&agent.socket()), &["declare", "--severity", "2", "finality stall"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    // The agent is gone, and the session still holds.
    let dead = home.home().join("dead-agent");
    for text in ["one", "two"] {
        let said = call(&home, Some(&dead), &["note", text]);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    }
    let lines = lines(&home);
    let kinds: Vec<&str> =
        lines.iter().map(|l| l.split("\"kind\":\"").nth(1).unwrap().split('"').next().unwrap()).collect();
    assert_eq!(
        kinds,
        ["chain.opened", "key.delegated", "roster.pinned", "incident.declared", "note.added", "note.added"]
    );
    let session = lines[1].split("key: ").nth(1).unwrap().split("\\n").next().unwrap();
    let session = Key::parse(session).unwrap();
    for line in &lines {
        let (body, sig) = line.rsplit_once(",\"sig\":\"").unwrap();
        let body = format!("{body}}}");
        assert!(stock_accepts(&session, sig.trim_end_matches("\"}"), "warroom-log@v1", body.as_bytes()), "{line}");
    }
    let ledger = ledger(&home);
    assert_eq!(ledger.incident().title, "finality stall");
    let trusted = |s: &Standing| s.is_trusted() || *s == Standing::Unchecked;
    assert!(ledger.entries().iter().all(|e| e.seal != Seal::Unsigned && trusted(&ledger.standing(e))));
    assert!(
        ledger
            .trust()
            .sessions()
            .any(|(key, voucher)| **key == **session.line() && voucher.principal == "alice".into())
    );
    let shown = call(&home, Some(&dead), &["key"]);
    assert!(shown.out.contains("no agent answers at") && shown.out.contains("vouched for by SHA256:"), "{shown:?}");
    assert_eq!(call(&home, None, &["verify"]).code, 0);
}

#[test]
fn without_a_key_nothing_is_said_unless_one_is_expected() {
    let home = Warroom::new();
    let said = call(&home, None, &["declare", "--severity", "2", "x"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    roster(&home, &[&Signer::new().public()], "when-possible");
    let said = call(&home, None, &["note", "a"]);
    assert_eq!(said.code, 0);
    assert!(said.err.contains("UNSIGNED: no own key: no agent runs here"), "{said:?}");
    let said = call(&home, Some(&home.home().join("dead")), &["note", "a"]);
    assert!(said.code == 0 && said.err.contains("UNSIGNED: no own key: no agent answers at"), "{said:?}");
    assert!(lines(&home).iter().all(|l| !l.contains("\"sig\":\"U1NIU0lH")));
}

#[test]
fn required_and_no_key_is_refused_before_anything_is_made() {
    let home = Warroom::new();
    roster(&home, &[&Signer::new().public()], "required");
    let said = call(&home, None, &["declare", "--severity", "2", "x"]);
    assert_eq!(said.code, 3);
    assert!(said.err.contains("the roster requires signatures, and there is none: no own key"), "{said:?}");
    assert!(
        !home.home().join("incidents").exists()
            || std::fs::read_dir(home.home().join("incidents")).unwrap().count() == 0
    );
}

#[test]
fn off_signs_nothing_and_asks_nobody() {
    let (home, signer) = (Warroom::new(), Signer::new());
    roster(&home, &[&signer.public()], "off");
    let agent = StockAgent::with(&[signer.file()], None);
    let said = call(&home, Some(&agent.socket()), &["declare", "--severity", "2", "x"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert!(lines(&home).iter().all(|l| !l.contains("\"sig\"")));
}

#[test]
fn an_agent_that_says_no_leaves_the_line_unsigned_and_the_next_try_free() {
    let (home, agent) = (Warroom::new(), PlayedAgent::new(HardwareKey::ed25519(), Manner::Refuses));
    roster(&home, &[HardwareKey::ed25519().key().line()], "when-possible");
    call(&home, None, &["declare", "--severity", "2", "x"]);
    let said = call(&home, Some(&agent.socket()), &["note", "a"]);
    assert!(said.code == 0 && said.err.contains("wants a touch and nobody sits at a terminal"), "{said:?}");
    let said = call(&home, Some(&agent.socket()), &["key", "renew"]);
    assert_eq!(said.code, 4);
    assert!(said.err.contains("touch your hardware key") && said.err.contains("the agent refused"), "{said:?}");
    // Touched once at a terminal, it holds for scripts too.
    let touched = PlayedAgent::new(HardwareKey::ed25519(), Manner::Touched);
    let said = call(&home, Some(&touched.socket()), &["key", "renew"]);
    assert!(said.code == 0 && said.out.contains("vouched for by SHA256:"), "{said:?}");
    let said = call(&home, None, &["note", "b"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    assert!(lines(&home).last().unwrap().contains("\"sig\":\"U1NIU0lH"));
    let said = call(&home, None, &["key", "forget"]);
    assert!(said.out.contains("the session key is forgotten"), "{said:?}");
}

#[test]
fn another_kind_of_key_named_by_its_file_signs_through_ssh_keygen() {
    for made in [&["ecdsa", "-b", "384"] as &[_], &["rsa", "-b", "2048"]] {
        let (home, signer) = (Warroom::new(), Signer::made(made));
        home.write("config.toml", &format!("key = \"{}\"\n", signer.file().display()));
        let said = call(&home, None, &["declare", "--severity", "2", "x"]);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
        assert!(lines(&home)[0].contains("\"sig\":\"U1NIU0lH"));
        assert!(ledger(&home).entries()[1].rare.proof.is_some(), "the delegation is proven");
    }
}

#[test]
fn doctor_and_key_say_whose_key_it_is_and_what_is_open_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let (home, signer) = (Warroom::new(), Signer::new());
    let agent = StockAgent::with(&[signer.file()], None);
    let print = Key::parse(&signer.public()).unwrap().fingerprint();
    let keys = |said: &Said| {
        said.out.lines().filter(|l| l.contains(" key ") || l.contains("sessions")).collect::<Vec<_>>().join("\n")
    };
    let said = keys(&call(&home, Some(&agent.socket()), &["doctor"]));
    assert!(
        said.contains("ok   key") && said.contains(&print) && said.contains("the roster has nobody's keys"),
        "{said}"
    );
    roster(&home, &[&Signer::new().public()], "required");
    let said = keys(&call(&home, Some(&agent.socket()), &["doctor"]));
    assert!(said.contains("BAD  key") && said.contains("none of which the roster gives you"), "{said}");
    roster(&home, &[&signer.public()], "required");
    call(&home, Some(&agent.socket()), &["declare", "--severity", "2", "x"]);
    let said = keys(&call(&home, Some(&agent.socket()), &["doctor"]));
    assert!(said.contains("ok   key") && said.contains("1 session key, readable by you alone"), "{said}");
    let folder = std::fs::read_dir(home.home().join("state")).unwrap().flatten().map(|e| e.path());
    let folder = folder.into_iter().find(|p| p.to_string_lossy().contains("sessions-")).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    let said = keys(&call(&home, Some(&agent.socket()), &["doctor"]));
    assert!(said.contains("BAD  sessions") && said.contains("others can look into"), "{said}");
    let json = call(&home, Some(&agent.socket()), &["key", "--json"]).out;
    let found: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&found[0]["id"], &found[0]["fingerprint"]), (&"own".into(), &print.as_str().into()), "{json}");
    assert_eq!(found[1]["person"], "alice");
}

/// A session outlives the right to use it: what then stands in the log counts for nothing, and the verb does not call that done.
#[test]
fn what_is_recorded_without_effect_is_no_success() {
    let (home, signer, other) = (Warroom::new(), Signer::new(), Signer::new());
    roster(&home, &[&signer.public()], "required");
    let agent = StockAgent::with(&[signer.file()], None);
    let say = |args: &[&str]| call(&home, Some(&agent.socket()), args);
    assert_eq!(say(&["declare", "--severity", "2", "finality stall"]).code, 0);
    assert_eq!(say(&["note", "one"]).code, 0);
    // Her key is out; the roster that says so is put in force by this word.
    roster(&home, &[&other.public()], "required");
    assert_eq!(say(&["note", "two"]).code, 0);
    let said = say(&["note", "three"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("it is recorded and has no effect"), "{said:?}");
}

/// Lines that come together are decided together: a changed roster is put in force once.
#[test]
fn a_stream_of_remarks_puts_a_changed_roster_in_force_once() {
    use std::io::Write as _;
    let home = Warroom::new();
    let people = |more: &str| format!("[[person]]\nname = \"test\"\nlevel = \"commander\"\n{more}");
    home.write("roster.toml", &people(""));
    assert_eq!(home.run(&["--as", "test", "declare", "--severity", "2", "stall"]).code, 0);
    home.write("roster.toml", &people("[[person]]\nname = \"bob\"\n"));
    let mut command = home.command(&["--as", "test", "note", "-"]);
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all("a remark\n".repeat(50).as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    let pinned = lines(&home).iter().filter(|line| line.contains("\"kind\":\"roster.pinned\"")).count();
    assert_eq!(pinned, 2);
}
