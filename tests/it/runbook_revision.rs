//! The revision a run pinned, beside what is at hand: edited files are offered and never forced, replaced ones are loud, and
//! the folder is read again whatever an editor or a checkout does to it.

use std::fs;
use std::path::Path;

use warroom::app::layer::Layer;
use warroom::app::msg::{Msg, WorldMsg};

use warroom::peers::model::{PeerReport, Trust};
use warroom::runbook::difference::difference;
use warroom::runbook::model::{Origin, Runbook};
use warroom::runbook::parse::parse;
use warroom::runbook::shelf::Shelf;

use crate::support::console::{open, quiet_home};
use crate::support::desk::Desk;

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
    fs::write(new.join("look.md"), text(&format!("look-{revision}"), revision, "", "true")).unwrap();
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
        terminal.wait_for("that revision", |s| s.contains(&format!("look-{revision}")));
    };
    // The folder appears after the console; is replaced whole; a file is written beside and renamed over; written in place.
    replace_folder(home.home(), 1);
    shows(1);
    replace_folder(home.home(), 2);
    shows(2);
    fs::write(folder.join(".look.md.swp"), text("look-3", 3, "", "true")).unwrap();
    fs::rename(folder.join(".look.md.swp"), folder.join("look.md")).unwrap();
    shows(3);
    fs::rename(folder.join("look.md"), folder.join("look.md~")).unwrap();
    fs::write(folder.join("look.md"), text("look-4", 4, "", "true")).unwrap();
    shows(4);
}
