//! Headless drills: the same seed gives the same bytes, the log verifies, and the draft of it is what a reader needs.

use std::path::Path;

use warroom::domain::event::{Event, HealthEvent, RunEvent, Scope, Status, StepOutcome};
use warroom::domain::id::IncidentId;
use warroom::drill::folder::{Folder, make_room, write};
use warroom::drill::score::{Result as Came, score};
use warroom::drill::{Plan, Played, play};
use warroom::report::{Audience, postmortem};
use warroom::runbook::model::Origin;
use warroom::runbook::parse::parse;
use warroom::runbook::shelf::Shelf;

/// The steps of the shipped runbook in short, so that an edit of its words does not change the golden draft.
const FROZEN: &str = r#"---
warroom: 1
id: finality-loss
title: Ethereum loses finality
revision: 1
owner: us
reviewed: 2026-11-21
params:
  - name: stuck_epoch
    type: integer
---

## Tools {#tools}
```sh {kind=check effect=read timeout=5s expect="exit 0"}
command -v curl
```

## Hold {#hold kind=confirm}
No restarts.

## Version {#version}
```sh {kind=check effect=read timeout=5s expect="record"}
ask version
```

## Finalized {#finalized}
```sh {kind=check effect=read timeout=5s expect="record" sets=stuck_epoch}
ask finality |
  cut -d: -f2
```

## Head {#head}
```sh {kind=check effect=read timeout=60s expect="regex moved from slot [0-9]+ to [0-9]+"}
ask head
```

## Peers {#peers}
```sh {kind=check effect=read timeout=5s expect="record"}
ask peers
```

## Participation {#participation}
```sh {kind=check effect=read timeout=5s expect="record"}
ask participation
```

## Only us? {#only-us}
```choices {kind=decide}
Everybody has the same final epoch -> tell
Only ours is behind -> end
```

## Tell {#tell to=operators}
```text {kind=message}
What we know.
```

## Again {#final-again}
```sh {kind=wait effect=read timeout=5s every=12s deadline=6h expect="regex final epoch [0-9]+ is newer than [0-9]+"}
ask finality again
```
"#;

fn plan(seed: u64, script: &str, incident: &str) -> Plan {
    let folder = Folder::load(Path::new("/nowhere"), "finality-slips").unwrap();
    Plan {
        script: folder.script(script).unwrap(),
        scenario: folder.scenario,
        outputs: folder.outputs,
        runbooks: Shelf::shipped().books().to_vec(),
        seed,
        incident: IncidentId::from(incident),
    }
}

fn played(seed: u64, script: &str) -> Played {
    play(plan(seed, script, "2026-05-14-finality-slips")).unwrap()
}

fn draft(played: &Played) -> String {
    postmortem(&played.ledger, Audience::Internal, &|sha| played.outputs.get(sha).cloned()).markdown
}

#[test]
fn same_seed_same_bytes_and_another_seed_others() {
    let (a, b, c) = (played(7, "good"), played(7, "good"), played(8, "good"));
    assert_eq!((&a.chains, &a.outputs), (&b.chains, &b.outputs));
    assert_ne!(a.chains, c.chains);
    assert_eq!(draft(&a), draft(&b));
}

#[test]
fn every_move_of_the_shipped_scripts_is_taken() {
    for seed in [7, 3] {
        for script in ["good", "bad"] {
            assert_eq!(played(seed, script).refused, Vec::<String>::new(), "{script} {seed}");
        }
    }
}

/// Nobody learns in a drill that a restart begins without its frozen sheet.
#[test]
fn a_run_begins_by_the_rule_of_the_sheet_in_a_drill_too() {
    let mut plan = plan(7, "good", "x");
    let begins = plan.script.moves.iter_mut().find(|m| m.say == "run finality-loss").unwrap();
    begins.say = "run solana-restart restart_slot=246464040".to_owned();
    let refused = play(plan).unwrap().refused;
    let said = refused.iter().find(|r| r.contains("solana-restart")).unwrap();
    assert!(said.contains("takes its constants from a frozen sheet, and none is in the log"), "{refused:?}");
}

#[test]
fn on_disk_it_is_an_incident_like_any_other() {
    let home = tempfile::tempdir().unwrap();
    let incidents = home.path().join("incidents");
    let folder = Folder::load(Path::new("/nowhere"), "finality-slips").unwrap();
    let id = make_room(&incidents, &folder.scenario).unwrap();
    assert_eq!(id.as_str(), "2026-05-14-finality-slips");
    let played = play(plan(7, "good", id.as_str())).unwrap();
    let room = write(&incidents, &played).unwrap();
    let loaded = warroom::journal::load(&room);
    assert_eq!(loaded.entries.len(), played.ledger.entries().len());
    let report = warroom::journal::verify(&room);
    assert!(report.is_sound(), "{report:?}");
    assert!(loaded.entries.iter().all(|e| e.drill), "every line says that it is a drill");
    let again = make_room(&incidents, &folder.scenario).unwrap();
    assert_eq!(again.as_str(), "2026-05-14-finality-slips-2", "a second one takes its own room");
    for sha in played.outputs.keys() {
        assert!(warroom::journal::load_output(&room, sha).is_ok());
    }
}

#[test]
fn the_good_script_ends_resolved_on_proof() {
    let played = played(7, "good");
    let incident = played.ledger.incident();
    assert_eq!((incident.status, incident.severity), (Some(Status::Resolved), 2));
    assert_eq!(incident.holders("incident-commander")[0].as_str(), "kofi");
    assert!(incident.standing_orders().next().is_none() && incident.open_tasks().next().is_none());
    let m = &incident.milestones;
    let second = |at: Option<warroom::domain::time::At>| at.unwrap().hms();
    assert!(m.started < m.detected && m.detected < m.declared && m.declared < m.recovered && m.recovered < m.resolved);
    assert_eq!(&second(m.recovered)[..5], "20:51");
    let run = incident.runs.values().next().unwrap();
    assert!(run.is_done(), "{:?}", run.progress());
    let ended: Vec<StepOutcome> = played
        .ledger
        .entries()
        .iter()
        .filter_map(|e| match &e.event {
            Event::Run(RunEvent::StepFinished(f)) => Some(f.outcome),
            _ => None,
        })
        .collect();
    assert!(ended.iter().all(|o| *o == StepOutcome::Passed), "{ended:?}");
    let scopes: Vec<Scope> = played
        .ledger
        .entries()
        .iter()
        .filter_map(|e| match &e.event {
            Event::Health(HealthEvent::Scope(s)) => Some(s.to),
            _ => None,
        })
        .collect();
    assert!(scopes.contains(&Scope::Network) && !scopes.contains(&Scope::Local), "{scopes:?}");
}

#[test]
fn good_players_score_and_hasty_ones_do_not() {
    let points = |script: &str| {
        let scored = score(&plan(7, script, "x").scenario, played(7, script).ledger.entries());
        (scored.iter().map(|s| s.points).sum::<u32>(), scored)
    };
    let (good, all) = points("good");
    assert_eq!(good, all.iter().map(|s| s.of).sum::<u32>(), "{all:?}");
    let (bad, all) = points("bad");
    assert!(bad <= 20, "{bad} {all:?}");
    assert!(all.iter().any(|s| s.id == "no-restarts" && matches!(s.result, Came::Spoiled(_))));
}

#[test]
fn restarting_both_takes_our_own_nodes_away() {
    let played = played(7, "bad");
    let silent = played.ledger.entries().iter().filter_map(|e| match &e.event {
        Event::Health(HealthEvent::Verdict(v)) if v.signal == "reachability" => Some(v.node.as_str().to_owned()),
        _ => None,
    });
    let mut silent: Vec<String> = silent.collect();
    silent.sort();
    silent.dedup();
    assert_eq!(silent, ["val-1", "val-2"]);
    let draft = draft(&played);
    assert!(draft.contains("It was called resolved before the last failing verdict cleared"), "{draft}");
    assert!(draft.contains("The concern of kofi was never answered"));
}

#[test]
fn the_draft_of_the_good_script() {
    let mut plan = plan(7, "good", "2026-05-14-finality-slips");
    plan.runbooks = vec![parse(FROZEN.as_bytes(), "finality-loss.md", Origin::BuiltIn).unwrap()];
    let draft = draft(&play(plan).unwrap());
    assert!(draft.starts_with("> **DRILL.**"));
    insta::assert_snapshot!("postmortem_finality_slips_good", draft);
}
