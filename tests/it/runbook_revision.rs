//! The revision a run pinned, beside what is at hand: edited files are offered and never forced, replaced ones are loud, and
//! the folder is read again whatever an editor or a checkout does to it.

use std::fs;
use std::path::Path;

use warroom::app::effect::Effect;
use warroom::app::layer::Layer;
use warroom::app::msg::{Msg, WorldMsg};

use warroom::peers::model::{PeerReport, Trust};
use warroom::runbook::difference::difference;
use warroom::runbook::model::{FromGit, Origin, Runbook};
use warroom::runbook::parse::parse;
use warroom::runbook::shelf::Shelf;

use crate::support::console::{open, quiet_home};
use crate::support::desk::Desk;
use crate::support::warroom::Warroom;

const SIZE: (u16, u16) = (120, 40);

fn text(id: &str, revision: u64, front: &str, command: &str) -> String {
    format!(
        "---\nwarroom: 1\nid: {id}\ntitle: Look twice\nrevision: {revision}\nowner: ops\nreviewed: 2026-11-21\n{front}---\n\
         ## Look {{#look}}\n```sh {{kind=check effect=read}}\n{command}\n```\n## Go? {{#go kind=confirm}}\n"
    )
}

fn book(text: &str) -> Runbook {
    parse(text.as_bytes(), "look.md", Origin::File("look.md".into())).unwrap()
}

fn shelf(desk: &mut Desk, books: Vec<Runbook>) {
    desk.send(Msg::World(WorldMsg::Shelf(Shelf::new(books, Vec::new()))));
}

/// An incident in which the first revision is under way.
fn under_way() -> Desk {
    let mut desk = Desk::new("bob", SIZE);
    shelf(&mut desk, vec![book(&text("look", 1, "", "true"))]);
    desk.type_keys("d2 stall\n");
    desk.type_keys(":run look\n");
    assert!(desk.model.ledger().unwrap().incident().active_run().is_some());
    desk
}

fn hints(desk: &Desk) -> String {
    desk.scene().runbook.hints.iter().map(|h| format!("{}\n", h.text)).collect()
}

#[test]
fn an_edited_file_is_offered_as_a_difference_and_never_forced() {
    let mut desk = under_way();
    assert_eq!(hints(&desk), "", "the pinned revision is the one at hand");
    desk.type_keys(":runbook diff\n");
    assert!(desk.model.notice().unwrap().text.contains("nothing differs"));
    let pinned = desk.model.ledger().unwrap().incident().active_run().unwrap().pinned.sha256.clone();
    shelf(&mut desk, vec![book(&text("look", 2, "", "test -e /srv/ready"))]);
    let said = hints(&desk);
    assert!(said.contains("edited since this run began: r2") && said.contains("stays with r1"), "{said}");
    desk.type_keys(":runbook diff\n");
    let Some(Layer::Reader { title, lines, .. }) = desk.model.screen.top() else { panic!("no difference is shown") };
    assert!(title.starts_with("look: r1 ") && title.contains(" to r2 "), "{title}");
    for line in ["- revision: 1", "+ revision: 2", "- true", "+ test -e /srv/ready", "  ```"] {
        assert!(lines.iter().any(|l| l == line), "no `{line}` in {lines:#?}");
    }
    desk.type_keys("q");
    // Taken up, it is the pinned one; begun anew, it is the one at hand.
    desk.type_keys(":run look\n");
    let sha = |desk: &Desk| desk.model.ledger().unwrap().incident().active_run().unwrap().pinned.sha256.clone();
    assert_eq!((sha(&desk), desk.model.ledger().unwrap().incident().runs.len()), (pinned, 1));
    desk.type_keys(":run look again\n");
    assert_eq!(desk.model.ledger().unwrap().incident().runs.len(), 2);
}

#[test]
fn a_revision_from_elsewhere_asks_before_each_command_until_it_is_trusted() {
    let mut desk = under_way();
    let run = desk.model.ledger().unwrap().incident().active_run().unwrap();
    let (sha256, digest) = (run.pinned.sha256.clone(), run.digest());
    let started = |desk: &Desk| desk.effects.iter().filter(|e| matches!(e, Effect::StartStep { .. })).count();
    // The text is not at hand here, and nobody here has begun or trusted it.
    shelf(&mut desk, Vec::new());
    assert!(hints(&desk).contains("FROM ELSEWHERE: bob began it on bastion"), "{}", hints(&desk));
    desk.type_keys("4\n");
    let Some(Layer::Confirm(confirm)) = desk.model.screen.top() else { panic!("a check ran without a question") };
    assert!(confirm.says.iter().any(|l| l.contains("came from elsewhere")), "{:?}", confirm.says);
    assert_eq!(started(&desk), 0);
    desk.type_keys("n");
    for not_it in ["9", "00000000", "0000 0000"] {
        desk.type_keys(&format!(":runbook trust {not_it}\n"));
        assert!(!desk.effects.iter().any(|e| matches!(e, Effect::TrustRevision(..))), "{not_it}");
        desk.model.screen.layers.clear();
    }
    desk.type_keys(&format!(":runbook trust {digest}\n"));
    let trusted = desk.effects.iter().any(|e| matches!(e, Effect::TrustRevision(sha, _) if *sha == sha256));
    assert!(trusted, "{:?}", desk.effects);
    desk.send(Msg::World(WorldMsg::Trusted([sha256].into())));
    assert!(!hints(&desk).contains("ELSEWHERE"));
    desk.type_keys("4\n");
    assert_eq!(started(&desk), 1, "a check that is trusted runs by itself");
}

#[test]
fn a_book_of_a_repository_asks_before_each_command_unless_a_signer_answers_for_it() {
    let from_git = |signer: Option<&str>| {
        let from = FromGit {
            name: "https://git.example.org/ops/books.git:look.md".to_owned(),
            file: "/state/look.md".to_owned(),
            signer: signer.map(str::to_owned),
        };
        let text = text("look", 1, "", "true");
        let book = parse(text.as_bytes(), "look.md", Origin::Git(Box::new(from))).unwrap();
        Runbook { commit: "ab".repeat(20), ..book }
    };
    for (signer, asks, says) in [(None, true, "NOT VERIFIED"), (Some("alice"), false, "signed by alice")] {
        let mut desk = Desk::new("bob", SIZE);
        shelf(&mut desk, vec![from_git(signer)]);
        desk.type_keys("b");
        let Some(Layer::Reader { lines, .. }) = desk.model.screen.top() else { panic!("no list") };
        let whence = lines.iter().find(|l| l.contains("books.git:look.md at abababababab")).unwrap();
        assert!(whence.contains(says), "{whence}");
        desk.type_keys("q");
        desk.type_keys("d2 stall\n");
        desk.type_keys(":run look\n");
        assert_eq!(hints(&desk).contains("FROM ELSEWHERE"), asks, "{}", hints(&desk));
        desk.type_keys("4\n");
        let started = desk.effects.iter().any(|e| matches!(e, Effect::StartStep { .. }));
        assert_eq!(started, !asks);
    }
}

#[test]
fn the_command_line_runs_nothing_from_elsewhere_that_is_not_trusted() {
    let (there, here) = (Warroom::new(), Warroom::new());
    let mark = here.home().join("mark");
    let command = format!("test -e {0}.go && touch {0}", mark.display());
    there.write("runbooks/look.md", &text("look", 1, "", &command));
    assert_eq!(there.run(&["declare", "--severity", "2", "x"]).code, 0);
    // It fails there, so that it is run once more here.
    assert_eq!(there.run(&["runbook", "run", "look"]).code, 1);
    assert_eq!(there.run(&["runbook", "diff", "look"]).out, "");
    there.write("runbooks/look.md", &text("look", 2, "", &command));
    let said = there.run(&["runbook", "diff", "look"]);
    assert!(said.out.contains("- revision: 1\n+ revision: 2\n"), "{said:?}");
    assert_eq!(there.run(&["runbook", "diff", "chain-halt"]).code, 2);
    let bundle = there.home().join("x.tar").display().to_string();
    assert_eq!(there.run(&["export", "--out", &bundle]).code, 0);
    assert_eq!(here.run(&["import", &bundle]).code, 0);
    let id = here.run(&["log", "--json"]).out;
    let sha = id.split("\"sha256\":\"").nth(1).unwrap()[..64].to_owned();
    std::fs::write(mark.with_extension("go"), "").unwrap();
    for args in [&["runbook", "run", "look"] as &[_], &["runbook", "run", "look", "--yes"]] {
        let said = here.run(args);
        assert!(said.code == 3 && said.err.contains("came from elsewhere"), "{said:?}");
    }
    assert!(!mark.exists(), "it ran");
    let shown = here.run(&["runbook", "show", &sha[..8]]);
    assert!(shown.out.contains("id: look"), "{shown:?}");
    assert_eq!(here.run(&["runbook", "trust", "00000000"]).code, 2);
    let said = here.run(&["runbook", "trust", &sha[..4], &sha[4..8]]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(here.run(&["log"]).out.contains("is trusted on"));
    let said = here.run(&["runbook", "trust", &sha[..8]]);
    assert!(said.code == 0 && said.err.contains("trusted here already"), "{said:?}");
    let said = here.run(&["runbook", "run", "look"]);
    assert!(mark.exists() && said.err.contains("waits for a person"), "{said:?}");
}

#[test]
fn a_runbook_that_takes_its_place_is_an_alarm() {
    let mut desk = under_way();
    let newer = text("look-better", 4, "supersedes: [look]\n", "true");
    shelf(&mut desk, vec![book(&text("look", 1, "", "true")), book(&newer)]);
    assert!(hints(&desk).contains("SUPERSEDED: look-better r4 takes the place of look"), "{}", hints(&desk));
    let next = format!("{:?}", desk.scene().strip.next);
    assert!(next.contains("SUPERSEDED"), "{next}");
}

#[test]
fn who_follows_which_revision_is_told_from_documents_that_are_believed() {
    let mut desk = under_way();
    let run = desk.model.ledger().unwrap().incident().active_run().unwrap().pinned.clone();
    let now = desk.model.now;
    let report = |operator: &str, trust, digest: &str| {
        let status = format!(
            r#"{{"v":1,"operator":"{operator}","at":"2026-11-21T02:43:00Z","seq":1,"valid_s":60,"network":"n",
               "runbook":{{"id":"look","digest":"{digest}"}}}}"#
        );
        PeerReport {
            operator: operator.into(),
            trust,
            why: String::new(),
            stake: Some(1),
            via: None,
            origin: "peers/x.json".into(),
            received: now,
            document: Some(serde_json::from_str(&status).unwrap()),
        }
    };
    let spoken = format!("{} {}", &run.sha256[..4], &run.sha256[4..8]);
    let reports = vec![
        report("atlas", Trust::Verified, &run.sha256),
        report("vega", Trust::Verified, &spoken),
        report("koto", Trust::Verified, "0123 4567"),
        report("short", Trust::Verified, &run.sha256[..4]),
        report("forger", Trust::Unsigned, "9999 9999"),
    ];
    desk.send(Msg::Peers(reports, Vec::new()));
    let said = hints(&desk);
    assert!(said.contains("the same revision is followed by atlas, vega\n"), "{said}");
    assert!(said.contains("another revision is followed by koto 0123 4567, short"), "{said}");
    assert!(!said.contains("forger"), "{said}");
}

#[test]
fn differences_are_told_by_line_and_long_texts_are_refused() {
    assert_eq!(difference("a\nb\n", "a\nb\n").unwrap(), Vec::<String>::new());
    assert_eq!(difference("a\nb\nc\n", "a\nB\nc\n").unwrap(), ["@ line 1", "  a", "- b", "+ B", "  c"]);
    let long = "x\n".repeat(3_001);
    assert!(difference("x\n", &long).unwrap_err().contains("3001 lines are too many"));
}

/// Puts the folder under the name `runbooks` as a checkout or a deployment does.
fn replace_folder(home: &Path, revision: u64) {
    let (new, old, now) = (home.join("runbooks.new"), home.join("runbooks.old"), home.join("runbooks"));
    fs::create_dir_all(&new).unwrap();
    fs::write(new.join("look.md"), text(&format!("a-look-{revision}"), revision, "", "true")).unwrap();
    if now.exists() {
        fs::rename(&now, &old).unwrap();
    }
    fs::rename(&new, &now).unwrap();
    fs::remove_dir_all(&old).ok();
}

#[test]
fn the_folder_is_read_again_whatever_editors_and_checkouts_do() {
    let home = quiet_home();
    let folder = home.home().join("runbooks");
    fs::remove_dir_all(&folder).ok();
    let terminal = open(&home, SIZE);
    terminal.press("4z");
    let shows = |revision: u64| {
        terminal.wait_for("that revision", |s| s.contains(&format!("a-look-{revision}")));
    };
    // The folder appears after the console; is replaced whole; a file is written beside and renamed over; written in place.
    replace_folder(home.home(), 1);
    shows(1);
    replace_folder(home.home(), 2);
    shows(2);
    fs::write(folder.join(".look.md.swp"), text("a-look-3", 3, "", "true")).unwrap();
    fs::rename(folder.join(".look.md.swp"), folder.join("look.md")).unwrap();
    shows(3);
    fs::rename(folder.join("look.md"), folder.join("look.md~")).unwrap();
    fs::write(folder.join("look.md"), text("a-look-4", 4, "", "true")).unwrap();
    shows(4);
    // `sed -i` writes a file beside and renames it over; a checkout unlinks and makes anew, back to an older text.
    let tool = |program: &str, args: &[&str]| {
        let done = std::process::Command::new(program)
            .args(args)
            .current_dir(&folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .output();
        assert!(done.is_ok_and(|d| d.status.success()), "{program} {args:?}");
    };
    let git = |args: &[&str]| {
        tool(
            "git",
            &[&["-c", "user.name=a", "-c", "user.email=a@b.invalid", "-c", "commit.gpgsign=false"], args].concat(),
        );
    };
    git(&["init", "-q"]);
    git(&["add", "look.md"]);
    git(&["commit", "-q", "-m", "four"]);
    tool("sed", &["-i", "s/a-look-4/a-look-5/; s/^revision: 4/revision: 5/", "look.md"]);
    shows(5);
    git(&["checkout", "-q", "--", "look.md"]);
    shows(4);
    git(&["checkout", "-q", "-b", "other"]);
    fs::write(folder.join("look.md"), text("a-look-6", 6, "", "true")).unwrap();
    git(&["commit", "-q", "-a", "-m", "six"]);
    shows(6);
    git(&["checkout", "-q", "-"]);
    shows(4);
    // As vim does with `backupcopy=no`: the old file is put aside, a new one written, the old one removed.
    fs::rename(folder.join("look.md"), folder.join("look.md~")).unwrap();
    fs::write(folder.join("look.md"), text("a-look-7", 7, "", "true")).unwrap();
    fs::remove_file(folder.join("look.md~")).unwrap();
    shows(7);
    // And a file that goes away is gone; the built-in ones stay.
    fs::remove_file(folder.join("look.md")).unwrap();
    terminal.wait_for("it gone", |s| !s.contains("a-look-7"));
}
