//! Log files are followed through what logrotate and people do to them; each line counts once, and the last one is evidence.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use proptest::prelude::*;
use rstest::rstest;
use warroom::config::parse_config;
use warroom::domain::event::NodeState;
use warroom::domain::observation::{Family, LAST_LINE, Observation};
use warroom::domain::pattern::Matcher;
use warroom::domain::signal::SignalId;
use warroom::domain::time::{At, Clock};
use warroom::domain::verdict::{Judge, Limits};
use warroom::domain::watch::NodeSpec;
use warroom::telemetry::log::{Follow, LINE_LIMIT};
use warroom::telemetry::{Http, Source};

use crate::support::warroom::Warroom;
use crate::support::watch::{Watch, signal, state, why};

struct Place {
    dir: tempfile::TempDir,
    log: PathBuf,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("node.log");
        Self { dir, log }
    }

    fn other(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn lines(follow: &mut Follow) -> Vec<String> {
    follow.look().unwrap().lines
}

#[test]
fn what_is_appended_is_read_once() {
    let place = Place::new();
    append(&place.log, "old\nhalf a li");
    let mut follow = Follow::new(&place.log);
    assert!(lines(&mut follow).is_empty(), "what was there before is not counted");
    append(&place.log, "ne\nnew\r\n");
    assert_eq!(lines(&mut follow), ["new"], "the line we came into the middle of is not told as a whole one");
    append(&place.log, "par");
    assert!(lines(&mut follow).is_empty());
    append(&place.log, "ted\n\nlast\n");
    assert_eq!(lines(&mut follow), ["parted", "", "last"]);
}

#[test]
fn a_renamed_file_is_read_to_its_end_and_its_successor_from_its_beginning() {
    let place = Place::new();
    append(&place.log, "0\n");
    let mut follow = Follow::new(&place.log);
    lines(&mut follow);
    let mut writer = OpenOptions::new().append(true).open(&place.log).unwrap();
    writer.write_all(b"before\n").unwrap();
    fs::rename(&place.log, place.other("node.log.1")).unwrap();
    append(&place.log, "after\n");
    let look = follow.look().unwrap();
    assert_eq!((look.lines, look.turned), (vec!["before".to_owned(), "after".to_owned()], Some("rotated")));
    writer.write_all(b"late, by a writer that was not told\n").unwrap();
    append(&place.log, "new\n");
    assert_eq!(lines(&mut follow), ["late, by a writer that was not told", "new"]);
}

#[test]
fn between_two_names_nothing_is_lost() {
    let place = Place::new();
    append(&place.log, "0\n");
    let mut follow = Follow::new(&place.log);
    lines(&mut follow);
    fs::rename(&place.log, place.other("node.log.1")).unwrap();
    append(&place.other("node.log.1"), "in between\n");
    let look = follow.look().unwrap();
    assert_eq!((look.lines, look.turned), (vec!["in between".to_owned()], Some("moved away")));
    append(&place.log, "back\n");
    assert_eq!(lines(&mut follow), ["back"]);
}

#[test]
fn a_truncated_file_is_read_anew_even_when_it_has_grown_past_where_we_were() {
    let place = Place::new();
    append(&place.log, "one\ntwo\n");
    let mut follow = Follow::new(&place.log);
    lines(&mut follow);
    fs::copy(&place.log, place.other("node.log.1")).unwrap();
    File::options().write(true).open(&place.log).unwrap().set_len(0).unwrap();
    append(&place.log, "3\n");
    let look = follow.look().unwrap();
    assert_eq!((look.lines, look.turned), (vec!["3".to_owned()], Some("truncated")));
    File::options().write(true).open(&place.log).unwrap().set_len(0).unwrap();
    append(&place.log, "four is longer\nthan all before\n");
    assert_eq!(lines(&mut follow), ["four is longer", "than all before"]);
}

#[test]
fn a_missing_file_is_said_and_read_from_its_beginning_when_it_comes() {
    let place = Place::new();
    let mut follow = Follow::new(&place.log);
    assert_eq!(follow.look().unwrap_err().kind(), std::io::ErrorKind::NotFound);
    append(&place.log, "first\n");
    let look = follow.look().unwrap();
    assert_eq!((look.lines, look.turned), (vec!["first".to_owned()], Some("appeared")));
    fs::remove_file(&place.log).unwrap();
    // It may come back at once; after a while it is said to be gone.
    let gone = (0..20).find_map(|_| follow.look().err()).unwrap();
    assert_eq!(gone.kind(), std::io::ErrorKind::NotFound);
    append(&place.log, "again\n");
    assert_eq!(lines(&mut follow), ["again"]);
    let folder = Follow::new(place.dir.path()).look().unwrap_err();
    assert!(folder.to_string().contains("no regular file"), "{folder}");
}

/// Old lines of a file that could not be read are not of this minute when it can be.
#[test]
fn a_file_that_may_be_read_later_begins_at_its_end() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let folder = place.other("node.log.d");
    fs::create_dir(&folder).unwrap();
    append(&place.other("full"), "old\nold\n");
    // A folder stands for what cannot be read: root may read everything else.
    std::os::unix::fs::symlink(&folder, &place.log).unwrap();
    let mut follow = Follow::new(&place.log);
    assert!(follow.look().is_err());
    fs::remove_file(&place.log).unwrap();
    fs::rename(place.other("full"), &place.log).unwrap();
    assert!(lines(&mut follow).is_empty(), "what was there before is not counted");
    append(&place.log, "new\n");
    assert_eq!(lines(&mut follow), ["new"]);
    fs::set_permissions(&place.log, fs::Permissions::from_mode(0o000)).unwrap();
    let mut refused = Follow::new(&place.log);
    if refused.look().is_err() {
        fs::set_permissions(&place.log, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(lines(&mut refused).is_empty());
    }
}

#[test]
fn a_file_that_was_away_for_long_is_not_read_twice() {
    let place = Place::new();
    append(&place.log, "0\n");
    let mut follow = Follow::new(&place.log);
    lines(&mut follow);
    append(&place.log, "1\n");
    assert_eq!(lines(&mut follow), ["1"]);
    for looks in [3, 40] {
        fs::rename(&place.log, place.other("away")).unwrap();
        for _ in 0..looks {
            let _ = follow.look();
        }
        append(&place.other("away"), "while away\n");
        fs::rename(place.other("away"), &place.log).unwrap();
        assert_eq!(lines(&mut follow), ["while away"], "after {looks} looks");
    }
    // The same number, another file.
    for _ in 0..40 {
        fs::rename(&place.log, place.other("away")).unwrap();
        let _ = follow.look();
        fs::rename(place.other("away"), &place.log).unwrap();
    }
    File::options().write(true).open(&place.log).unwrap().set_len(0).unwrap();
    append(&place.log, "another\n");
    assert_eq!(lines(&mut follow), ["another"]);
}

/// A writer that was told late, and a rotation taken back: the old file has its name again.
#[test]
fn a_rotation_that_is_taken_back_reads_nothing_twice() {
    let place = Place::new();
    append(&place.log, "0\n");
    let mut follow = Follow::new(&place.log);
    lines(&mut follow);
    fs::rename(&place.log, place.other("node.log.1")).unwrap();
    append(&place.log, "1\n");
    assert_eq!(lines(&mut follow), ["1"]);
    fs::rename(&place.log, place.other("node.log.2")).unwrap();
    fs::rename(place.other("node.log.1"), &place.log).unwrap();
    append(&place.log, "2\n");
    append(&place.other("node.log.2"), "3\n");
    let mut found = lines(&mut follow);
    found.extend(lines(&mut follow));
    found.sort();
    assert_eq!(found, ["2", "3"]);
}

#[test]
fn rotations_while_much_waits_lose_nothing_and_what_is_lost_is_said() {
    let place = Place::new();
    append(&place.log, "");
    let mut follow = Follow::new(&place.log);
    lines(&mut follow);
    let long = "x".repeat(1_023);
    append(&place.log, &format!("{long}\n").repeat(14 * 1_024));
    let mut found = lines(&mut follow);
    for n in 1..=3 {
        fs::rename(&place.log, place.other(&format!("node.log.{n}"))).unwrap();
        append(&place.log, &format!("{n}\n"));
        let look = follow.look().unwrap();
        assert_eq!(look.skipped, 0);
        found.extend(look.lines);
    }
    found.extend(lines(&mut follow));
    assert_eq!(found.len(), 14 * 1_024 + 3);
    assert_eq!(found[14 * 1_024..], ["1", "2", "3"]);
    // More files than are kept: the oldest goes, and what it had is said.
    append(&place.log, &format!("{long}\n").repeat(40 * 1_024));
    let mut skipped = 0;
    for n in 4..=9 {
        fs::rename(&place.log, place.other(&format!("node.log.{n}"))).unwrap();
        append(&place.log, &format!("{n}\n"));
        skipped += follow.look().unwrap().skipped;
    }
    assert!(skipped > 8 * 1_024 * 1_024, "{skipped}");
}

/// A file of /proc can no longer be read when its process has ended, though it is open.
#[test]
fn an_old_file_that_cannot_be_read_does_not_hold_up_the_new_one() {
    let place = Place::new();
    let mut process = Command::new("sleep").arg("600").spawn().unwrap();
    std::os::unix::fs::symlink(format!("/proc/{}/cmdline", process.id()), &place.log).unwrap();
    let mut follow = Follow::new(&place.log);
    drop(follow.look());
    fs::remove_file(&place.log).unwrap();
    append(&place.log, "1\n");
    assert!(lines(&mut follow).contains(&"1".to_owned()));
    process.kill().unwrap();
    process.wait().unwrap();
    append(&place.log, "2\n");
    assert_eq!(lines(&mut follow).last().map(String::as_str), Some("2"));
    append(&place.log, "3\n");
    assert_eq!(lines(&mut follow), ["3"]);
}

#[test]
fn a_pipe_holds_nobody() {
    let place = Place::new();
    assert!(Command::new("mkfifo").arg(&place.log).status().unwrap().success());
    assert!(Follow::new(&place.log).look().unwrap_err().to_string().contains("no regular file"));
}

#[test]
fn long_lines_count_once_and_only_their_beginning_is_looked_at() {
    let place = Place::new();
    append(&place.log, "");
    let mut follow = Follow::new(&place.log);
    lines(&mut follow);
    append(&place.log, &"x".repeat(3 * LINE_LIMIT));
    append(&place.log, "ERROR at the end\nnext\n");
    let found = lines(&mut follow);
    assert_eq!((found.len(), found[0].len(), found[1].as_str()), (2, LINE_LIMIT, "next"));
}

#[test]
fn too_much_that_waits_is_passed_over_and_said() {
    let place = Place::new();
    append(&place.log, "");
    let mut follow = Follow::new(&place.log);
    lines(&mut follow);
    let file = File::options().write(true).open(&place.log).unwrap();
    file.set_len(80 * 1024 * 1024).unwrap();
    append(&place.log, "\nnewest\n");
    let look = follow.look().unwrap();
    assert!(look.skipped > 70 * 1024 * 1024, "{}", look.skipped);
    assert!(look.lines.is_empty() || look.lines == ["newest"], "the rest comes at the next look");
    assert_eq!(lines(&mut follow).last().or(look.lines.last()).map(String::as_str), Some("newest"));
}

/// The system's own logrotate, where it is installed, does what our renames stand for.
#[test]
fn logrotate_itself_loses_nothing() {
    if Command::new("logrotate").arg("--version").output().is_err() {
        eprintln!("SKIPPED logrotate_itself_loses_nothing: logrotate is not installed");
        return;
    }
    for how in ["create", "copytruncate"] {
        let place = Place::new();
        append(&place.log, "0\n");
        let mut follow = Follow::new(&place.log);
        lines(&mut follow);
        let conf = place.other("rotate.conf");
        fs::write(&conf, format!("{} {{\n  rotate 3\n  {how}\n}}\n", place.log.display())).unwrap();
        let mut seen = Vec::new();
        for n in 1..=3 {
            append(&place.log, &format!("line {n}\n"));
            seen.extend(lines(&mut follow));
            let state = place.other("state");
            let done = Command::new("logrotate").args(["-f", "-s"]).arg(&state).arg(&conf).output().unwrap();
            assert!(done.status.success(), "{done:?}");
        }
        append(&place.log, "line 4\n");
        seen.extend(lines(&mut follow));
        assert_eq!(seen, ["line 1", "line 2", "line 3", "line 4"], "{how}");
    }
}

proptest! {
    /// However the text is cut into writes and looks, and whatever is done to the file between two looks, each whole line
    /// is told once, in order.
    #[test]
    fn any_pieces_and_rotations_give_every_line_once(steps in proptest::collection::vec((0..4_u8, "[a-z\n]{0,12}"), 1..24)) {
        let place = Place::new();
        append(&place.log, "");
        let mut follow = Follow::new(&place.log);
        lines(&mut follow);
        let (mut want, mut open, mut seen) = (Vec::new(), String::new(), Vec::new());
        for (n, (step, text)) in steps.iter().enumerate() {
            append(&place.log, text);
            open.push_str(text);
            while let Some((line, rest)) = open.clone().split_once('\n') {
                want.push(line.to_owned());
                open = rest.to_owned();
            }
            seen.extend(lines(&mut follow));
            if *step == 0 {
                // A line that was parted by a rotation has no end in the old file; whole lines only.
                append(&place.log, "\n");
                want.push(std::mem::take(&mut open));
                seen.extend(lines(&mut follow));
                fs::rename(&place.log, place.other(&format!("old.{n}"))).unwrap();
                append(&place.log, "");
            }
        }
        append(&place.log, "\n");
        want.push(open);
        seen.extend(lines(&mut follow));
        prop_assert_eq!(seen, want);
    }

    #[test]
    fn no_pattern_and_no_line_panics(pattern in "\\PC{0,24}", line in "\\PC{0,200}") {
        if let Ok(matcher) = Matcher::new(&[pattern], &[]) {
            let _ = matcher.matches(&line);
        }
    }
}

const LOG: &str = "[[log]]\nid = \"log\"\nfile = \"node.log\"\npatterns = [\"ERROR\"]\n";

fn specs(folder: &Path, text: &str) -> Result<Vec<NodeSpec>, String> {
    let read = parse_config(&folder.join("config.toml"), text);
    read.map(|c| c.nodes).map_err(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

#[rstest]
#[case("ignore = [\"(\"]\n", "5:11: the pattern `(` cannot be used")]
#[case("ignore = [\"a{1000}{1000}\"]\n", "cannot be used")]
#[case("igonre = []\n", "unknown key `igonre` in [[log]]; did you mean `ignore`?")]
#[case("warn = 9\nbad = 1\n", "`bad` must be the largest")]
fn mistakes_are_named_with_their_line(#[case] more: &str, #[case] said: &str) {
    let error = specs(Path::new("/srv"), &format!("{LOG}{more}")).unwrap_err();
    assert!(error.contains(said), "{error}");
}

#[test]
fn a_log_needs_patterns() {
    let error = specs(Path::new("/srv"), "[[log]]\nid = \"a\"\nfile = \"x\"\n").unwrap_err();
    assert!(error.contains("[[log]] has no `patterns`"), "{error}");
    let spec = specs(Path::new("/srv"), LOG).unwrap().remove(0);
    assert_eq!((spec.family, spec.url.as_str()), (Family::Log, "/srv/node.log"));
}

/// A clock that stands at a second.
struct Second(i64);

impl Clock for Second {
    fn now(&self) -> At {
        At::from_secs(self.0)
    }
}

#[test]
fn matching_lines_are_counted_judged_and_quoted() {
    let place = Place::new();
    append(&place.log, "INFO started\n");
    let text = format!("{LOG}ignore = [\"ERROR peer\"]\nwarn = 0\nbad = 20\n");
    let specs = specs(place.dir.path(), &text).unwrap();
    let mut judge = Judge::new(&specs, Limits::default());
    let mut source = Source::new(specs[0].clone(), Arc::clone(&Http::new()));
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut round = |second: i64| {
        let outcome = waiting.block_on(source.round(&Second(second)));
        let seen = Observation { node: "log".into(), at: At::from_secs(second), outcome };
        drop(judge.observe(&seen));
        (seen.outcome, judge.verdict(&"log".into()).unwrap())
    };
    let (first, verdict) = round(0);
    assert_eq!((first.unwrap().readings[0].value.number(), verdict.state), (Some(0.0), NodeState::Ok));
    append(&place.log, "ERROR peer left\nINFO x\nERROR BAD BLOCK \u{1b}[2J at 7\n");
    drop(round(2));
    drop(round(4));
    let (answer, verdict) = round(6);
    let answer = answer.unwrap();
    let value = |s: SignalId| answer.readings.iter().find(|r| r.signal == s).and_then(|r| r.value.number());
    assert_eq!((value(SignalId::LOG_MATCHES), value(SignalId::LOG_LINES)), (Some(1.0), Some(3.0)));
    assert!(answer.facts.iter().any(|f| f.topic == LAST_LINE && f.text.contains("BAD BLOCK")));
    assert_eq!(verdict.state, NodeState::Warn);
    assert!(verdict.why[0].starts_with("matches 1 /min; limit 0 /min; the last: ERROR BAD BLOCK"), "{verdict:?}");
    for second in (8..70).step_by(2) {
        drop(round(second));
    }
    assert_eq!(round(70).1.state, NodeState::Ok, "a minute later it is over");
    fs::remove_file(&place.log).unwrap();
    let why = (0..20).find_map(|n| round(72 + 2 * n).0.err()).unwrap();
    assert!(why.to_string().contains("node.log is not there; it is read as soon as it appears"), "{why}");
}

/// Many patterns against much text end in time; the newest lines are looked at, the others are said not to have been.
#[test]
fn slow_patterns_hold_nobody() {
    let place = Place::new();
    append(&place.log, "");
    let slow: Vec<String> = (0..31).map(|n| format!("\"(a|b|ab)*x[a-z]{{0,9}}y{n}$\"")).collect();
    let text = format!("[[log]]\nid = \"log\"\nfile = \"node.log\"\npatterns = [\"ERROR\", {}]\n", slow.join(", "));
    let spec = specs(place.dir.path(), &text).unwrap().remove(0);
    let mut source = Source::new(spec, Arc::clone(&Http::new()));
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    waiting.block_on(source.round(&Second(0))).unwrap();
    append(&place.log, &format!("{}\n", "abaabab".repeat(100)).repeat(5_000));
    append(&place.log, "ERROR the newest\n");
    let began = std::time::Instant::now();
    let answer = waiting.block_on(async {
        // Whoever else is on this worker goes on.
        let (answer, ()) = tokio::join!(source.round(&Second(2)), async {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            assert!(began.elapsed() < std::time::Duration::from_millis(900), "{:?}", began.elapsed());
        });
        answer.unwrap()
    });
    assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(answer.readings[0].value.number(), Some(1.0));
    assert!(
        answer.facts.iter().any(|f| f.text.contains("lines were not looked at: the patterns took over 1 s")),
        "{answer:?}"
    );
}

#[test]
fn watch_tells_of_a_line_that_matches() {
    let home = Warroom::new();
    home.write("config.toml", &format!("discover = false\n{LOG}warn = 0\n"));
    home.write("node.log", "INFO\n");
    let log = home.home().join("node.log");
    let mut watch = Watch::start(&home);
    let limit = std::time::Duration::from_secs(60);
    watch.wait_for("the log is read", limit, |l| state(l, "log") == "ok");
    append(&log, "ERROR disk \u{1b}]0;evil\u{7} is full\n");
    let line = watch.wait_for("it is judged", limit, |l| state(l, "log") == "warn" && !why(l, "log").contains(" of 3"));
    assert!(why(&line, "log").contains("ERROR disk"), "{line}");
    assert_eq!(signal(&line, "log", "log.matches_min"), Some(1.0));
    fs::rename(&log, home.home().join("node.log.1")).unwrap();
    append(&log, "ERROR again\n");
    watch.wait_for("the new file's line", limit, |l| signal(l, "log", "log.matches_min") == Some(2.0));
}
