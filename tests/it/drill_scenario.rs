//! Scenarios as people write them: the shipped one holds, and every mistake is named with its line and how to mend it.

use std::path::Path;

use rstest::rstest;
use warroom::drill::scenario::{EventPattern, RecordedOutputs, Scenario, read_scenario, read_script, shipped};

const SMALL: &str = r#"id = "small"
title = "Small"
network = "fjord"
start = "2026-05-14T20:15:00Z"
length = "10:00"
[[person]]
name = "ines"
role = "ic"
[[node]]
id = "val-1"
family = "ethereum-beacon"
[[objective]]
id = "words"
text = "Say it."
"#;

fn read(text: &str) -> Result<Scenario, Vec<String>> {
    read_scenario(Path::new("s.toml"), text).map_err(|all| all.iter().map(ToString::to_string).collect())
}

#[test]
fn every_shipped_scenario_is_without_fault() {
    for files in shipped() {
        let scenario = read(files.scenario).unwrap();
        assert_eq!(scenario.id, files.id);
        assert!(!scenario.modelled_on.is_empty(), "a shipped scenario names its sources");
        RecordedOutputs::read(Path::new("outputs.toml"), files.outputs, scenario.length.secs()).unwrap();
        for (name, text) in files.scripts {
            read_script(Path::new(name), text, &scenario).unwrap();
        }
    }
}

#[test]
fn the_small_one_reads() {
    let scenario = read(SMALL).unwrap();
    assert_eq!((scenario.length.secs(), scenario.factor, scenario.seed), (600, 8, 1));
    assert_eq!(scenario.players[0].role.as_str(), "incident-commander");
}

#[rstest]
#[case("titel = \"x\"\n", "s.toml:1:1: unknown key `titel`; did you mean `title`?")]
#[case("seed = -1\n", "s.toml:1:8: `seed` is -1; it goes from 0 to")]
#[case("factor = 0\n", "s.toml:1:10: `factor` is 0; it goes from 1 to 1000")]
fn bad_heads(#[case] head: &str, #[case] says: &str) {
    let faults = read(&format!("{head}{SMALL}")).unwrap_err();
    assert!(faults[0].starts_with(says), "{faults:?}");
}

#[rstest]
#[case(
    "[[inject]]\nnumber = 1\nto = \"ic\"\ntext = \"x\"\ndelivered-as = \"call\"\n",
    "s.toml:16:10: inject 1 needs either `at`"
)]
#[case(
    "[[inject]]\nnumber = 1\nat = \"11:00\"\nto = \"ic\"\ntext = \"x\"\ndelivered-as = \"call\"\n",
    "s.toml:17:6: 660 s is after the scenario's end at 600 s"
)]
#[case(
    "[[inject]]\nnumber = 1\nat = \"soon\"\nto = \"ic\"\ntext = \"x\"\ndelivered-as = \"call\"\n",
    "s.toml:17:6: this is no time"
)]
#[case(
    "[[inject]]\nnumber = 1\nat = 5\nto = \"ic\"\ntext = \"x\"\ndelivered_as = \"call\"\n",
    "s.toml:20:1: unknown key `delivered_as`; did you mean `delivered-as`?"
)]
#[case(
    "[[inject]]\nnumber = 1\nat = 5\nto = \"ic\"\ntext = \"x\"\ndelivered-as = \"call\"\nobjective = \"wrods\"\n",
    "s.toml:21:13: there is no objective `wrods`; did you mean `words`?"
)]
#[case(
    "[[signal]]\nnode = \"val1\"\nname = \"net.peers\"\npoints = [[0, 1]]\nmark = \"assumed\"\n",
    "s.toml:16:8: there is no node `val1`; did you mean `val-1`?"
)]
#[case(
    "[[signal]]\nnode = \"val-1\"\nname = \"net.peer\"\npoints = [[0, 1]]\nmark = \"assumed\"\n",
    "s.toml:17:8: `net.peer` is not known here; did you mean `net.peers`?"
)]
#[case(
    "[[signal]]\nnode = \"val-1\"\nname = \"net.peers\"\npoints = [[0, 1], [0, 2]]\nmark = \"assumed\"\n",
    "s.toml:18:10: seconds must rise: 0 is followed by 0"
)]
#[case(
    "[[signal]]\nnode = \"val-1\"\nname = \"net.peers\"\npoints = [[0, 1]]\nmark = \"guessed\"\n",
    "s.toml:19:8: `guessed` is not known here"
)]
#[case(
    "[[signal]]\nnode = \"val-1\"\nname = \"net.peers\"\npoints = [[0, 1]]\n",
    "s.toml:15:1: `mark` is missing in this table"
)]
#[case("[[outage]]\nnode = \"val-1\"\nfrom = 20\nto = 10\n", "s.toml:18:6: the outage ends at 10 s and begins at 20 s")]
#[case(
    "[[expect]]\nid = \"e\"\ntext = \"t\"\npoints = 5\npattern = { kind = \"decision.mad\" }\n",
    "s.toml:19:20: there is no kind of entry `decision.mad`; did you mean `decision.made`?"
)]
#[case("[[act]]\nid = \"a\"\nwhen = { kind = \"decision.made\" }\n", "s.toml:16:6: this act changes nothing")]
#[case("[[node]]\nid = \"val-1\"\nfamily = \"ethereum-beacon\"\n", "s.toml:16:6: node `val-1` is there twice")]
#[case(
    "[[node]]\nid = \"x\"\nfamily = \"etherium-beacon\"\n",
    "s.toml:17:10: `etherium-beacon` is not known here; did you mean `ethereum-beacon`?"
)]
#[case("[[modelled-on]]\nincident = \"x\"\nsources = []\n", "s.toml:17:11: `sources` is empty")]
#[case("this is no toml\n", "s.toml:15:")]
fn bad_parts(#[case] tail: &str, #[case] says: &str) {
    let faults = read(&format!("{SMALL}{tail}")).unwrap_err();
    assert!(faults[0].starts_with(says), "{faults:?}");
}

#[test]
fn several_faults_are_told_at_once() {
    let bad = SMALL.replace("10:00", "0").replace("ethereum-beacon", "etherium").replace("2026-", "26-");
    assert_eq!(read(&bad).unwrap_err().len(), 3);
}

#[rstest]
#[case(
    "title = \"t\"\n[[do]]\nat = 5\nwho = \"inez\"\nsay = \"note x\"\n",
    "good.toml:4:7: there is no person `inez`; did you mean `ines`?"
)]
#[case(
    "title = \"t\"\n[[do]]\nat = 5\nwho = \"ines\"\nsay = \"task answer {t} done\"\n",
    "good.toml:5:7: no earlier move has `label = \"t\"`"
)]
#[case(
    "title = \"t\"\n[[do]]\nat = 9\nwho = \"ines\"\nsay = \"note x\"\n[[do]]\nat = 5\nwho = \"ines\"\nsay = \"note y\"\n",
    "good.toml:7:6: times must not fall"
)]
fn bad_scripts(#[case] text: &str, #[case] says: &str) {
    let scenario = read(SMALL).unwrap();
    let faults = read_script(Path::new("good.toml"), text, &scenario).unwrap_err();
    assert!(faults[0].to_string().starts_with(says), "{faults:?}");
}

#[test]
fn recorded_outputs_go_by_time_and_attempt() {
    let text = "[[output]]\nrunbook = \"r\"\nstep = \"s\"\nstdout = \"early\"\n[[output]]\nrunbook = \"r\"\nstep = \"s\"\nfrom = \"5:00\"\nstdout = \"late\"\nexit = 1\n[[output]]\nrunbook = \"r\"\nstep = \"s\"\nattempt = 2\nstdout = \"again\"\n";
    let outputs = RecordedOutputs::read(Path::new("o.toml"), text, 600).unwrap();
    let stdout = |attempt, second| outputs.find("r", "s", attempt, second).map(|r| r.stdout.as_str());
    assert_eq!((stdout(1, 0), stdout(1, 300), stdout(2, 300)), (Some("early"), Some("late"), Some("again")));
    assert_eq!(outputs.find("r", "other", 1, 0), None);
}

#[test]
fn patterns_say_themselves() {
    let pattern = EventPattern { kind: "decision.made".into(), contains: vec!["wait".into()], ..Default::default() };
    assert_eq!(pattern.to_string(), "decision.made with \"wait\"");
}
