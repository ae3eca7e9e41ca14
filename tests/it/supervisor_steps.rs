//! The real supervisor on real commands: how they end, what is kept, and that nothing they start outlives a timeout.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rstest::rstest;
use tempfile::TempDir;
use warroom::domain::event::{Effect, StepKind, StepOutcome, StepStarted};
use warroom::runtime::supervisor::{
    GRACE, KEPT_HEAD, KEPT_TAIL, Standing, StartError, StepResult, StepSpec, Surroundings, cancel, claim, collect,
    keep_output, progress, scan, standing, start, step_dir, void,
};

/// No step of these tests may take longer, grace included.
const LIMIT: Duration = Duration::from_secs(30);

struct House {
    dir: TempDir,
}

impl House {
    fn new() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }

    fn state(&self) -> &Path {
        self.dir.path()
    }

    fn spec(&self, command: &str) -> StepSpec {
        let cwd = self.dir.path().to_path_buf();
        let path = std::env::var("PATH").unwrap();
        StepSpec {
            run: "r-1".into(),
            step: "go".into(),
            attempt: 1,
            kind: StepKind::Check,
            command: command.to_owned(),
            expect: "exit 0".to_owned(),
            timeout_ms: 20_000,
            deadline_ms: 20_000,
            every_ms: 20,
            keep: true,
            params: BTreeMap::new(),
            secrets: Vec::new(),
            around: Surroundings::new(cwd.clone(), "2026-11-21-x".into(), cwd.clone(), cwd, &path),
            host: None,
            guards: Vec::new(),
        }
    }

    fn start(&self, spec: &StepSpec) -> PathBuf {
        start(program(), self.state(), spec, &BTreeMap::new()).unwrap()
    }

    fn run(&self, spec: &StepSpec) -> StepResult {
        let dir = self.start(spec);
        wait_for("a result", || collect(&dir).unwrap())
    }

    fn output(&self) -> String {
        let dir = step_dir(self.state(), &"r-1".into(), &"go".into(), 1);
        std::fs::read_to_string(dir.join("output")).unwrap()
    }
}

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_warroom"))
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < LIMIT, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

fn started(step: &str) -> StepStarted {
    StepStarted {
        run: "r-1".into(),
        step: step.into(),
        title: step.to_owned(),
        attempt: 1,
        kind: StepKind::Check,
        effect: Effect::Read,
        command: String::new(),
        user: String::new(),
        host: String::new(),
        remote: String::new(),
    }
}

/// Processes whose environment or arguments hold this mark and that are not dead.
fn alive(mark: &str) -> Vec<u32> {
    let pids = std::fs::read_dir("/proc").unwrap().filter_map(|e| e.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let dead = stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('Z'));
        let args = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        !dead && String::from_utf8_lossy(&args).contains(mark)
    })
    .collect()
}

#[rstest]
#[case::passes("true", "exit 0", StepOutcome::Passed, Some(0), "exit 0")]
#[case::fails("echo no; exit 3", "exit 0", StepOutcome::Failed, Some(3), "exit 3: no")]
#[case::wants_three("exit 3", "exit 3", StepOutcome::Passed, Some(3), "exit 3")]
#[case::says("echo synced", "contains sync", StepOutcome::Passed, Some(0), "synced")]
#[case::error_is_not_judged("echo sync >&2", "contains sync", StepOutcome::Failed, Some(0), "nothing")]
#[case::stops_at_once("false; echo on", "exit 0", StepOutcome::Failed, Some(1), "exit 1")]
#[case::unset_is_a_fault("echo \"$nothing\"", "exit 0", StepOutcome::Failed, Some(2), "exit 2")]
#[case::signal("kill -9 $$", "exit 0", StepOutcome::Failed, None, "ended by signal 9; nothing")]
#[case::dash("-x; true", "exit 0", StepOutcome::Failed, Some(127), "exit 127")]
#[case::no_input("cat; echo end", "equals end", StepOutcome::Passed, Some(0), "end")]
#[case::number("echo 4", "number < 5", StepOutcome::Passed, Some(0), "4")]
fn a_command_ends_by_itself(
    #[case] command: &str,
    #[case] expect: &str,
    #[case] outcome: StepOutcome,
    #[case] exit: Option<i32>,
    #[case] actual: &str,
) {
    let house = House::new();
    let result = house.run(&StepSpec { expect: expect.to_owned(), ..house.spec(command) });
    let end = result.finished;
    assert_eq!((end.outcome, end.exit, end.actual.as_str()), (outcome, exit, actual));
    assert!(result.started <= result.ended);
}

#[test]
fn the_environment_is_clean_and_the_account_is_careful() {
    let house = House::new();
    let mut spec =
        house.spec("env | sort | grep -vE '^(PWD|_|SHLVL|OLDPWD)='; umask; pwd; touch made; ls -l made | cut -c1-10");
    spec.params.insert("beacon_url".to_owned(), "http://x; touch PWNED".to_owned());
    house.run(&spec);
    let here = house.state().display();
    let expected = format!(
        "HOME={here}\nLANG=C.UTF-8\nPATH={}\nTERM=dumb\nWARROOM_HOME={here}\nWARROOM_INCIDENT=2026-11-21-x\nbeacon_url=http://x; touch PWNED\n0077\n{here}\n-rw-------\n",
        spec.around.path
    );
    assert_eq!(house.output(), expected);
    assert!(!house.state().join("PWNED").exists());
}

#[rstest]
#[case::plain("sleep 61")]
#[case::background("sleep 61 & sleep 61")]
#[case::own_session("setsid sleep 61 & wait")]
#[case::double_fork("(setsid sh -c 'sleep 61 & sleep 61 &' &) ; sleep 61")]
#[case::ignores_term("trap '' TERM; sleep 61; sleep 61; sleep 61")]
#[case::holds_the_pipe("setsid sh -c 'trap \"\" TERM HUP; exec sleep 61' & sleep 61")]
#[case::stopped("sleep 61 & kill -STOP $!; kill -STOP $$")]
#[case::floods("while :; do echo flood; done")]
fn nothing_outlives_its_timeout(#[case] command: &str) {
    let house = House::new();
    let mut spec = house.spec(command);
    spec.timeout_ms = 300;
    let mark = format!("mark={}", house.state().display());
    spec.params.insert("mark".to_owned(), house.state().display().to_string());
    let begun = Instant::now();
    let result = house.run(&spec);
    assert_eq!(result.finished.outcome, StepOutcome::TimedOut);
    assert!(result.finished.actual.starts_with("no end within"), "{}", result.finished.actual);
    assert!(begun.elapsed() < GRACE + Duration::from_secs(6), "{:?}", begun.elapsed());
    assert_eq!(alive(&mark), Vec::<u32>::new());
}

#[test]
fn a_look_leaves_nothing_running_and_an_act_may() {
    let house = House::new();
    let mut spec = house.spec("setsid sleep 61 >/dev/null 2>&1 & echo done");
    spec.params.insert("mark".to_owned(), house.state().display().to_string());
    let mark = format!("mark={}", house.state().display());
    let looked = house.run(&spec);
    assert_eq!((looked.finished.outcome, looked.left_running), (StepOutcome::Passed, 0));
    assert!(alive(&mark).is_empty());
    let acted = house.run(&StepSpec { attempt: 2, kind: StepKind::Run, ..spec });
    assert_eq!((acted.finished.outcome, acted.left_running), (StepOutcome::Passed, 1));
    assert_eq!(acted.finished.actual, "exit 0: done · 1 still running");
    let left = alive(&mark);
    assert_eq!(left.len(), 1);
    std::process::Command::new("kill").arg(left[0].to_string()).status().unwrap();
}

#[test]
fn a_flood_is_hashed_whole_and_kept_in_part() {
    let house = House::new();
    let result = house.run(&house.spec("echo first; head -c 5000000 /dev/zero | tr '\\0' x; echo; echo last"));
    let output = result.finished.output.unwrap();
    assert_eq!((output.bytes, output.kept), (5_000_012, (KEPT_HEAD + KEPT_TAIL) as u64));
    let text = house.output();
    assert!(text.starts_with("first\nxxx") && text.ends_with("xxx\nlast\n"));
    assert!(text.contains("[… 3951436 bytes left out here …]"), "the gap is told");
    let sum = std::process::Command::new("sh")
        .args(["-c", "(echo first; head -c 5000000 /dev/zero | tr '\\0' x; echo; echo last) | sha256sum"])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&sum.stdout).starts_with(&output.sha256));
}

#[test]
fn a_small_output_is_kept_whole_under_its_own_hash() {
    let house = House::new();
    let result = house.run(&house.spec("echo out; echo err >&2"));
    let output = result.finished.output.clone().unwrap();
    assert_eq!((output.bytes, output.kept), (8, 8));
    let kept = house.state().join("outputs");
    let dir = step_dir(house.state(), &"r-1".into(), &"go".into(), 1);
    keep_output(&dir, &kept, &result).unwrap();
    keep_output(&dir, &kept, &result).unwrap();
    let file = kept.join(&output.sha256);
    let sum = std::process::Command::new("sha256sum").arg(&file).output().unwrap();
    assert!(String::from_utf8_lossy(&sum.stdout).starts_with(&output.sha256));
}

#[test]
fn secrets_are_in_no_file() {
    let house = House::new();
    let secret = "hunter2-and-more";
    let mut spec = house.spec("echo \"key $api_key\"; printf %s \"$api_key\" | base64; printf 'user:%s' \"$api_key\" | base64; echo \"$api_key\" >&2; false");
    spec.secrets = vec!["api_key".to_owned()];
    let secrets = BTreeMap::from([("api_key".to_owned(), secret.to_owned())]);
    let dir = start(program(), house.state(), &spec, &secrets).unwrap();
    let result = wait_for("a result", || collect(&dir).unwrap());
    assert_eq!(result.finished.actual.split(' ').take(4).collect::<Vec<_>>().join(" "), "exit 1: key [secret");
    let text = house.output();
    assert_eq!(text.matches("[secret api_key]").count(), 4, "{text}");
    for file in std::fs::read_dir(&dir).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(secret) && !text.contains("aHVudGVyMi1hbmQtbW9y"), "{text}");
    }
}

#[test]
fn what_is_never_kept_is_nowhere() {
    let house = House::new();
    let spec = StepSpec { keep: false, expect: "contains tok".to_owned(), ..house.spec("echo token-123") };
    let result = house.run(&spec);
    assert_eq!(result.finished.outcome, StepOutcome::Passed);
    assert_eq!((result.finished.actual.as_str(), result.finished.output), ("exit 0, output not kept", None));
    let dir = step_dir(house.state(), &"r-1".into(), &"go".into(), 1);
    assert!(!dir.join("output").exists() && !dir.join("tail").exists());
}

#[test]
fn a_wait_tries_until_it_passes() {
    let house = House::new();
    let spec = StepSpec { kind: StepKind::Wait, ..house.spec("echo x >>n; test \"$(wc -l <n)\" -ge 3; echo met") };
    let result = house.run(&spec);
    assert_eq!((result.finished.outcome, result.tries), (StepOutcome::Passed, 3));
    assert_eq!(result.finished.actual, "exit 0: met");
    assert!(house.output().contains("--- try 3 ---\nmet\n"));
}

#[rstest]
#[case::refused("echo not yet; exit 1", "the last: exit 1: not yet")]
#[case::hanging("sleep 61", "no end within")]
fn a_wait_ends_at_its_deadline(#[case] command: &str, #[case] says: &str) {
    let house = House::new();
    let spec = StepSpec { kind: StepKind::Wait, deadline_ms: 400, timeout_ms: 60_000, ..house.spec(command) };
    let result = house.run(&spec);
    assert_eq!(result.finished.outcome, StepOutcome::TimedOut);
    assert!(result.finished.actual.contains(says), "{}", result.finished.actual);
    assert!(result.finished.took_ms >= 400, "a deadline is waited out");
}

#[test]
fn a_person_may_cancel_and_the_output_so_far_stays() {
    let house = House::new();
    let dir = house.start(&house.spec("echo begun; sleep 61"));
    wait_for("output", || Some(progress(&dir).unwrap()).filter(|p| p.tail == "begun\n" && !p.cut));
    assert!(matches!(standing(&dir).unwrap(), Standing::Running { .. }));
    cancel(&dir).unwrap();
    let result = wait_for("a result", || collect(&dir).unwrap());
    assert_eq!(
        (result.finished.outcome, result.finished.actual.as_str()),
        (StepOutcome::Cancelled, "cancelled; begun")
    );
    assert_eq!(result.finished.output.unwrap().bytes, 6);
}

#[test]
fn term_to_the_supervisor_cancels_and_hangup_does_not() {
    let house = House::new();
    let dir = house.start(&house.spec("echo begun; sleep 61"));
    wait_for("output", || Some(progress(&dir).unwrap()).filter(|p| !p.tail.is_empty()));
    let Standing::Running { pid } = standing(&dir).unwrap() else { panic!("not running") };
    let signal = |s: &str| std::process::Command::new("kill").args([s, &pid.to_string()]).status().unwrap();
    signal("-HUP");
    signal("-HUP");
    assert!(matches!(standing(&dir).unwrap(), Standing::Running { .. }));
    signal("-TERM");
    let result = wait_for("a result", || collect(&dir).unwrap());
    assert_eq!(result.finished.outcome, StepOutcome::Cancelled);
}

#[test]
fn an_attempt_is_never_begun_twice() {
    let house = House::new();
    let spec = house.spec("echo once >>count");
    house.run(&spec);
    let again = start(program(), house.state(), &spec, &BTreeMap::new()).unwrap_err();
    assert!(matches!(again, StartError::Begun { attempt: 1, .. }), "{again}");
    // Started by hand on the same spec it finds the result and does nothing.
    let dir = step_dir(house.state(), &"r-1".into(), &"go".into(), 1);
    assert!(
        std::process::Command::new(program()).arg("supervise").arg(dir.join("spec.json")).status().unwrap().success()
    );
    assert_eq!(std::fs::read_to_string(house.state().join("count")).unwrap(), "once\n");
}

#[test]
fn a_folder_that_is_gone_is_a_result_not_a_silence() {
    let house = House::new();
    let mut spec = house.spec("true");
    spec.around.cwd = "/nowhere/at/all".into();
    let end = house.run(&spec).finished;
    assert_eq!(end.outcome, StepOutcome::Failed);
    assert!(end.actual.starts_with("cannot begin in /nowhere/at/all: "), "{}", end.actual);
}

#[test]
fn a_program_that_cannot_supervise_says_so() {
    let house = House::new();
    let silent = start(Path::new("/bin/false"), house.state(), &house.spec("true"), &BTreeMap::new()).unwrap_err();
    assert!(silent.to_string().contains("nothing has run"), "{silent}");
    let found = scan(house.state(), &"r-1".into()).unwrap();
    assert_eq!(found[0].standing, Standing::NotBegun);
}

#[test]
fn a_console_that_comes_back_finds_each_attempt_as_it_stands() {
    let house = House::new();
    let named = |step: &str, command: &str| StepSpec { step: step.into(), ..house.spec(command) };
    house.start(&named("a-done", "echo fine"));
    house.start(&named("b-runs", "echo on; sleep 61"));
    let lost = house.start(&named("c-lost", "echo on; sleep 61"));
    wait_for("the command", || Some(progress(&lost).unwrap()).filter(|p| !p.tail.is_empty()));
    let Standing::Running { pid } = standing(&lost).unwrap() else { panic!("not running") };
    std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
    // One whose folder was made, and then the power went.
    let never = step_dir(house.state(), &"r-1".into(), &"d-never".into(), 1);
    std::fs::create_dir_all(&never).unwrap();
    std::fs::write(never.join("spec.json"), serde_json::to_vec(&named("d-never", "touch ran")).unwrap()).unwrap();

    let found = wait_for("the dead supervisor to be gone", || {
        let found = scan(house.state(), &"r-1".into()).unwrap();
        let settled =
            matches!(found[0].standing, Standing::Finished(_)) && matches!(found[2].standing, Standing::Lost { .. });
        settled.then_some(found)
    });
    let steps: Vec<&str> = found.iter().map(|f| f.step.as_str()).collect();
    assert_eq!(steps, ["a-done", "b-runs", "c-lost", "d-never"]);
    assert!(matches!(&found[0].standing, Standing::Finished(r) if r.finished.actual == "exit 0: fine"));
    assert!(matches!(found[1].standing, Standing::Running { .. }));
    let Standing::Lost { orphan: Some(orphan) } = found[2].standing else { panic!("{:?}", found[2]) };
    assert_eq!(found[3].standing, Standing::NotBegun);

    let now = warroom::domain::time::At::from_secs(1);
    let end = void(house.state(), &started("c-lost"), now).unwrap().unwrap();
    assert_eq!(end.finished.outcome, StepOutcome::Lost);
    assert!(end.finished.actual.contains(&format!("still runs as process {orphan}")), "{}", end.finished.actual);
    let never_ran = void(house.state(), &started("d-never"), now).unwrap().unwrap();
    assert!(never_ran.finished.actual.contains("nothing has run"));
    // The supervisor that comes too late runs nothing.
    std::process::Command::new(program()).arg("supervise").arg(never.join("spec.json")).status().unwrap();
    assert!(!house.state().join("ran").exists());
    assert_eq!(void(house.state(), &started("b-runs"), now).unwrap(), None, "what runs is not given up");
    // The console died between the log and the disk: nothing is there, and nothing may come later.
    let nothing = void(house.state(), &started("e-nothing"), now).unwrap().unwrap();
    assert!(nothing.finished.actual.contains("nothing has run"));
    let late = start(program(), house.state(), &named("e-nothing", "touch ran"), &BTreeMap::new());
    assert!(matches!(late, Err(StartError::Begun { .. })));
    cancel(&found[1].dir).unwrap();
    wait_for("its end", || collect(&found[1].dir).unwrap());
    std::process::Command::new("kill").args(["-9", &orphan.to_string()]).status().unwrap();
}

#[test]
fn a_process_number_used_again_is_not_taken_for_ours() {
    let house = House::new();
    let dir = step_dir(house.state(), &"r-1".into(), &"go".into(), 1);
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("spec.json"), serde_json::to_vec(&house.spec("true")).unwrap()).unwrap();
    let own = std::process::id();
    let text = format!("{{\"pid\":{own},\"start\":1,\"child\":{own},\"child_start\":1}}");
    std::fs::write(dir.join("pid"), text).unwrap();
    assert_eq!(standing(&dir).unwrap(), Standing::Lost { orphan: None });
}

#[test]
fn a_step_outlives_the_console_that_was_killed() {
    let house = House::new();
    let spec = house.spec("echo begun; while ! test -e go; do sleep 0.05; done; echo finished");
    let spec_file = house.state().join("spec-for-child.json");
    std::fs::write(&spec_file, serde_json::to_vec(&spec).unwrap()).unwrap();
    // A stand-in for the console: a process of its own, in a group of its own, which starts the step and is killed.
    let mut console = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "supervisor_steps::stand_in_for_a_console", "--nocapture", "--test-threads=1"])
        .env("STAND_IN_SPEC", &spec_file)
        .env("STAND_IN_STATE", house.state())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let dir = step_dir(house.state(), &"r-1".into(), &"go".into(), 1);
    wait_for("output", || progress(&dir).ok().filter(|p| !p.tail.is_empty()));
    console.kill().unwrap();
    console.wait().unwrap();
    assert!(matches!(standing(&dir).unwrap(), Standing::Running { .. }));
    std::fs::write(house.state().join("go"), "").unwrap();
    let result = wait_for("a result", || collect(&dir).unwrap());
    assert_eq!(result.finished.outcome, StepOutcome::Passed);
    assert_eq!(house.output(), "begun\nfinished\n");
}

/// Not a test by itself: what the one above starts and kills. Without its variables it has nothing to do.
#[test]
fn stand_in_for_a_console() {
    let (Ok(spec), Ok(state)) = (std::env::var("STAND_IN_SPEC"), std::env::var("STAND_IN_STATE")) else { return };
    let spec: StepSpec = serde_json::from_slice(&std::fs::read(spec).unwrap()).unwrap();
    start(program(), Path::new(&state), &spec, &BTreeMap::new()).unwrap();
    wait_for("being killed", || None::<()>);
}

#[test]
fn an_end_is_told_by_one_console_and_by_the_next_when_that_one_dies() {
    let house = House::new();
    let dir = house.start(&house.spec("true"));
    let first = claim(&dir).unwrap();
    assert!(first.is_some());
    assert!(claim(&dir).unwrap().is_none(), "one tells, the others wait");
    drop(first);
    assert!(claim(&dir).unwrap().is_some());
}

#[rstest]
#[case("../../etc")]
#[case("a/b")]
#[case("..")]
#[case("")]
fn an_id_from_another_log_leads_nowhere_else(#[case] id: &str) {
    let dir = step_dir(Path::new("/s"), &id.into(), &id.into(), 1);
    assert!(dir.starts_with("/s/steps"));
    assert!(dir.components().all(|c| c.as_os_str() != ".."));
}
