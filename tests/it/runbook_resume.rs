//! A run from the command line, cut off with -9 in the middle of a command, and taken up again: nothing runs twice.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::support::warroom::Warroom;

/// No wait of these tests may take longer.
const LIMIT: Duration = Duration::from_secs(60);

const BOOK: &str = r#"---
warroom: 1
id: long
title: A long one
revision: 1
owner: ops
reviewed: 2026-11-21
params:
  - {name: folder, type: path}
  - {name: seen, type: integer}
---
## Look {#look}
```sh {kind=check expect="record" sets=seen}
echo x >>"$folder/looks"
echo 41
```
## Work {#work}
```sh {kind=run effect=change expect="contains done"}
echo x >>"$folder/begun"
while ! test -e "$folder/go"; do sleep 0.05; done
echo done
```
## Sum {#sum}
```sh {kind=check expect="equals 42"}
echo $((seen + 1))
```
"#;

fn wait_for(what: &str, mut look: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !look() {
        assert!(begun.elapsed() < LIMIT, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

fn stage() -> Warroom {
    let house = Warroom::new();
    house.write("runbooks/long.md", BOOK);
    let declared = house.run(&["declare", "--severity", "2", "a long night"]);
    assert_eq!(declared.code, 0, "{}", declared.err);
    house
}

fn run(house: &Warroom) -> Child {
    let folder = format!("folder={}", house.home().display());
    let mut command = house.command(&["runbook", "run", "long", "--yes", "--param", &folder]);
    command.env_remove("WARROOM_CLOCK").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn count(house: &Warroom, file: &str) -> usize {
    std::fs::read_to_string(house.home().join(file)).unwrap_or_default().lines().count()
}

#[test]
fn a_killed_run_is_taken_up_where_it_stands() {
    let house = stage();
    let mut first = run(&house);
    wait_for("the long step", || count(&house, "begun") == 1);
    first.kill().unwrap();
    first.wait().unwrap();
    let mut second = run(&house);
    // It found the running step and waits for it; a third one would do so too.
    assert!(second.try_wait().unwrap().is_none());
    std::fs::write(house.home().join("go"), "").unwrap();
    assert!(second.wait().unwrap().success());
    assert_eq!((count(&house, "looks"), count(&house, "begun")), (1, 1), "nothing ran twice");
    let log = house.run(&["log"]);
    assert!(log.out.matches("passed").count() >= 3, "{}", log.out);
    assert_eq!(house.run(&["verify"]).code, 0);
    let left = std::fs::read_dir(house.home().join("state/steps")).unwrap().flatten();
    let outputs = left.flat_map(|r| std::fs::read_dir(r.path()).unwrap().flatten());
    assert_eq!(outputs.filter(|s| s.path().join("output").exists()).count(), 0, "outputs live with the incident only");
}

#[test]
fn a_step_that_ended_while_nobody_looked_is_collected() {
    let house = stage();
    let mut first = run(&house);
    wait_for("the long step", || count(&house, "begun") == 1);
    first.kill().unwrap();
    first.wait().unwrap();
    std::fs::write(house.home().join("go"), "").unwrap();
    let result = house.home().join("state/steps");
    wait_for("its result", || {
        let runs = std::fs::read_dir(&result).unwrap().flatten();
        let steps = runs.flat_map(|r| std::fs::read_dir(r.path()).unwrap().flatten());
        steps.filter(|s| s.path().join("result.json").exists()).count() == 2
    });
    assert!(run(&house).wait().unwrap().success());
    assert_eq!(count(&house, "begun"), 1);
}
