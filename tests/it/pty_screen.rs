//! The console's first screens in a real terminal: what is on them, what was asked of the terminal, how frames are written.

use std::time::Duration;

use rstest::rstest;

use crate::support::console::{STRIP, USUAL, command, drawn, home_in_incident, open, quiet_home};
use crate::support::pty::Terminal;
use crate::support::sgr::{SYNC_BEGIN, SYNC_END, colours, positions, queries, sequences};

#[rstest]
#[case::small((80, 24))]
#[case::usual((120, 40))]
#[case::large((160, 50))]
#[case::strip_only((60, 20))]
#[case::phone((40, 12))]
fn the_first_screen_has_the_strip(#[case] size: (u16, u16)) {
    let home = home_in_incident();
    let terminal = open(&home, size);
    let screen = terminal.wait_for("all three lines", |s| STRIP.iter().all(|word| s.contains(word)));
    let rows: Vec<&str> = screen.lines().collect();
    let row = |word: &str| rows.iter().position(|r| r.contains(word)).unwrap();
    assert!(row("FAILING") < row("DOING") && row("DOING") < row("NEXT"), "the strip is out of order:\n{screen}");
}

#[test]
fn nothing_is_asked_of_the_terminal() {
    let home = quiet_home();
    let terminal = open(&home, USUAL);
    terminal.wait_quiet(Duration::from_millis(200));
    assert_eq!(queries(&terminal.bytes()), Vec::<String>::new());
}

#[test]
fn every_frame_is_one_synchronized_update() {
    let home = quiet_home();
    let terminal = open(&home, USUAL);
    terminal.press("?");
    terminal.wait_for("help", |s| s.contains("every key"));
    terminal.wait_quiet(Duration::from_millis(200));
    let bytes = terminal.bytes();
    let (begins, ends) = (positions(&bytes, SYNC_BEGIN), positions(&bytes, SYNC_END));
    assert!(!begins.is_empty() && begins.len() == ends.len(), "{} begins, {} ends", begins.len(), ends.len());
    let mut outside: Vec<&[u8]> = Vec::new();
    for (end, begin) in ends.iter().zip(begins.iter().skip(1)) {
        assert!(end < begin, "updates overlap");
        outside.push(&bytes[end + SYNC_END.len()..*begin]);
    }
    let drawn_outside = outside.iter().flat_map(|gap| gap.iter()).filter(|b| !b.is_ascii_control()).count();
    let sequences: usize = outside.iter().map(|gap| sequences(gap).len()).sum();
    assert!(drawn_outside == 0 || sequences > 0, "text was written outside of an update");
    let cells = outside.iter().filter(|gap| sequences_that_draw(gap)).count();
    assert_eq!(cells, 0, "something was drawn outside of an update");
}

fn sequences_that_draw(gap: &[u8]) -> bool {
    sequences(gap).iter().any(|(_, last)| matches!(last, b'm' | b'J' | b'K' | b'H'))
}

#[test]
fn a_key_is_answered() {
    let home = quiet_home();
    let terminal = open(&home, USUAL);
    terminal.press("?");
    terminal.wait_for("help made from the key map", |s| s.contains("every key") && s.contains("Go to the next pane"));
}

#[test]
fn no_colour_means_none() {
    let home = quiet_home();
    let mut call = command(&home);
    call.env("NO_COLOR", "1");
    let terminal = Terminal::start(&call, USUAL);
    terminal.wait_for("the strip", drawn);
    terminal.wait_quiet(Duration::from_millis(200));
    assert_eq!(colours(&terminal.bytes()), Vec::<String>::new());
}

#[test]
fn colours_are_used_where_they_are_wanted() {
    let home = quiet_home();
    let terminal = open(&home, USUAL);
    terminal.wait_quiet(Duration::from_millis(200));
    assert!(!colours(&terminal.bytes()).is_empty(), "not one colour: the test for NO_COLOR would prove nothing");
}

#[rstest]
#[case::dumb("dumb")]
#[case::empty("")]
fn a_terminal_that_cannot_draw_is_told_so(#[case] term: &str) {
    let home = quiet_home();
    let mut call = command(&home);
    call.env("TERM", term);
    let mut terminal = Terminal::start(&call, USUAL);
    terminal.wait_for("a word about TERM and the way out", |s| s.contains("TERM") && s.contains("watch --plain"));
    let (status, _) = terminal.wait_exit(Duration::from_secs(5));
    assert_eq!(status.code(), Some(2));
    assert_eq!(sequences(&terminal.bytes()), Vec::<(String, u8)>::new(), "control sequences on a dumb terminal");
}
