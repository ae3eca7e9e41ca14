//! The command line before any incident: help, wrong use, init, completions; exit codes and who speaks where.

use crate::support::warroom::Warroom;

#[test]
fn help_is_a_result_and_teaches() {
    let said = Warroom::new().run(&["--help"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("Examples:") && said.out.contains("Exit codes:"), "{}", said.out);
    assert!(said.err.is_empty(), "{}", said.err);
}

#[test]
fn every_verb_has_examples() {
    let warroom = Warroom::new();
    let help = warroom.run(&["--help"]).out;
    let verbs = help.lines().skip_while(|l| !l.starts_with("Commands:")).skip(1).take_while(|l| !l.is_empty());
    let mut seen = 0;
    for verb in verbs.filter(|l| l.starts_with("  ") && !l.starts_with("   ")) {
        let name = verb.split_whitespace().next().unwrap();
        let said = warroom.run(&[name, "--help"]);
        assert!(said.out.contains("Examples:"), "`warroom {name} --help` has no examples");
        seen += 1;
    }
    assert!(seen >= 2, "the list of verbs was not found in:\n{help}");
}

#[test]
fn wrong_use_is_talk_and_exits_2() {
    let said = Warroom::new().run(&["declear"]);
    assert_eq!(said.code, 2);
    assert!(said.out.is_empty());
    assert!(said.err.contains("declear"), "{}", said.err);
}

#[test]
fn init_writes_once_and_then_leaves_all_alone() {
    let warroom = Warroom::new();
    let said = warroom.run(&["init"]);
    assert_eq!(said.code, 0, "{said:?}");
    let config = warroom.home().join("config.toml");
    std::fs::write(&config, "network = \"mine\"\n").unwrap();
    let again = warroom.run(&["init"]);
    assert_eq!(again.code, 2, "{again:?}");
    assert!(again.err.contains("config.toml exists and is left alone"), "{}", again.err);
    assert_eq!(std::fs::read_to_string(config).unwrap(), "network = \"mine\"\n");
}

#[test]
fn init_where_nothing_can_be_written_exits_4() {
    let warroom = Warroom::new();
    warroom.write("file", "");
    let mut command = warroom.command(&["init"]);
    command.env("WARROOM_HOME", warroom.home().join("file/home"));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write"));
}

#[test]
fn completions_need_no_home() {
    let mut command = Warroom::new().command(&["completions", "bash"]);
    command.env_remove("WARROOM_HOME").env_remove("HOME");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains("_warroom"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let warroom = Warroom::new();
    let mut child = warroom
        .command(&["completions", "bash"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

#[test]
fn a_full_disk_exits_4() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        return;
    };
    let output = Warroom::new().command(&["completions", "bash"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("stdout"));
}

#[test]
fn the_console_without_a_terminal_says_so_and_exits_2() {
    let w = Warroom::new();
    let said = w.run(&[]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("terminal") && !said.err.contains("Usage:") && said.out.is_empty(), "{said:?}");
    let mut bare = w.command(&[]);
    for name in ["WARROOM_HOME", "WARROOM_ACTOR", "WARROOM_CLOCK"] {
        bare.env_remove(name);
    }
    let output = bare.env("USER", "alice").output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.contains("terminal") && !err.contains("Usage:"), "nothing set is no reason for help: {err}");
}
