//! Secrets of a night, from the key that is pressed to the bundle that leaves the house: canaries in a parameter, in what a command
//! prints, and in the console's own environment are on no screen, in no file, in no export.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::support::console::{command, drawn, home_in_incident};
use crate::support::live::wait_for;
use crate::support::pty::Terminal;

/// Far more than a loaded machine takes.
const LIMIT: Duration = Duration::from_secs(60);
/// Given as a parameter; its base64 and its hexadecimal digits, as commands print them.
const TOKEN: &str = "canary-7f3e9a51c0de";
const TOKEN_64: &str = "Y2FuYXJ5LTdmM2U5YTUxYzBkZQ";
const TOKEN_HEX: &str = "63616e6172792d376633653961353163306465";
/// Stands in the environment of the console.
const KEPT: &str = "canary-of-the-shell-4711";

const BOOK: &str = "---\nwarroom: 1\nid: keep\ntitle: Keep it\nrevision: 1\nowner: ops\nreviewed: 2026-11-21\n\
    params:\n  - {name: api_token, type: string, secret: true}\n---\n\
    ## Say it {#say}\nWhy.\n```sh {kind=check effect=read expect=\"record\"}\n\
    echo \"plain $api_token\"\nprintf %s \"$api_token\" | base64\nprintf %s \"$api_token\" | od -An -tx1 | tr -d ' \\n'\necho\n\
    echo \"again $api_token\" >&2\nenv\n```\n\
    ## Fail with it {#fail}\nWhy.\n```sh {kind=check effect=read on_fail=continue expect=\"exit 0\"}\n\
    echo \"could not log in with $api_token\"\nexit 3\n```\n\
    ## Hide it {#hide}\nWhy.\n```sh {kind=check effect=read keep=never expect=\"exit 0\"}\n\
    printf %s \"$api_token\" | rev\n```\n";

fn files(root: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

fn holds(bytes: &[u8], what: &str) -> bool {
    bytes.windows(what.len()).any(|w| w == what.as_bytes())
}

#[test]
fn canaries_are_on_no_screen_in_no_file_and_in_no_export() {
    let home = home_in_incident();
    home.write("runbooks/keep.md", BOOK);
    let mut call = command(&home);
    call.env("AWS_SECRET_ACCESS_KEY", KEPT).env("SOME_TOKEN", KEPT);
    let mut terminal = Terminal::start(&call, (160, 50));
    terminal.wait_long("the strip", LIMIT, drawn);
    terminal.press(":");
    // Key by key, so that each state of the line is drawn.
    for part in ["run keep api_token=", &TOKEN[..6], &TOKEN[6..]] {
        terminal.press(part);
        terminal.wait_quiet(Duration::from_millis(120));
    }
    assert!(terminal.screen().contains("api_token=••••"), "{}", terminal.screen());
    terminal.press("\r");
    for (n, shown) in [(1, "Fail with it"), (2, "Hide it"), (3, "is done, 3 steps")] {
        terminal.wait_long("a step", LIMIT, |s| s.contains("Say it"));
        terminal.press("4");
        terminal.press("\r");
        wait_for("its end", LIMIT, || {
            (home.run(&["log", "--json"]).out.matches("\"step.finished\"").count() >= n).then_some(())
        });
        terminal.wait_long(shown, LIMIT, |s| s.contains(shown));
    }
    // What the first printed, whole.
    terminal.press("o");
    terminal.wait_quiet(Duration::from_millis(300));
    terminal.press("q");
    terminal.press("q");
    terminal.wait_exit(LIMIT);
    let bundle = home.home().join("x.tar").display().to_string();
    assert_eq!(home.run(&["export", "--out", &bundle]).code, 0);
    let draft = home.run(&["postmortem"]).out;
    home.write("draft.md", &draft);
    let canaries = [TOKEN, TOKEN_64, TOKEN_HEX, KEPT, &TOKEN.chars().rev().collect::<String>()];
    let (bytes, all) = (terminal.bytes(), files(home.home()));
    assert!(all.len() > 10, "{all:?}");
    for canary in canaries {
        assert!(!holds(&bytes, canary), "{canary} was on the screen");
        for file in &all {
            assert!(!holds(&std::fs::read(file).unwrap_or_default(), canary), "{canary} is in {}", file.display());
        }
    }
    // The test can fail: what stands in the place of the secret is there.
    let kept = all.iter().any(|f| holds(&std::fs::read(f).unwrap_or_default(), "plain [secret api_token]"));
    assert!(kept, "the output itself was not kept");
}
