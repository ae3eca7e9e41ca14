//! The console in a real terminal says who signs: a silent key, one that waits for a touch, none; and keys are answered meanwhile.

use std::path::Path;
use std::process::Command;

use crate::support::console::{command, drawn, home_in_incident};
use crate::support::own_keys::{HardwareKey, Manner, PlayedAgent, StockAgent};
use crate::support::pty::Terminal;
use crate::support::signer::Signer;
use crate::support::warroom::Warroom;

/// Wide enough for the first line's later facts.
const WIDE: (u16, u16) = (200, 40);

fn with_agent(home: &Warroom, socket: &Path) -> Command {
    let mut call = command(home);
    call.env("SSH_AUTH_SOCK", socket);
    call
}

fn say(terminal: &Terminal, line: &str) {
    terminal.press(":");
    terminal.press(line);
    terminal.press("\r");
}

#[test]
fn a_silent_key_signs_and_the_first_line_says_as_whom_and_until_when() {
    let (home, signer) = (home_in_incident(), Signer::new());
    let agent = StockAgent::with(&[signer.file()], None);
    let terminal = Terminal::start(&with_agent(&home, &agent.socket()), WIDE);
    terminal.wait_for("the own key", |s| s.contains("signs as alice"));
    say(&terminal, "note the first word");
    terminal.wait_for("signed", |s| s.contains("signed alice") && s.contains("the first word"));
    say(&terminal, "key");
    terminal.wait_for("in full", |s| s.contains("your entries are signed as alice until") && s.contains("SHA256:"));
}

#[test]
fn a_touch_is_awaited_on_the_screen_and_nothing_waits_for_it() {
    let (home, agent) = (home_in_incident(), PlayedAgent::new(HardwareKey::ed25519(), Manner::Hangs));
    let terminal = Terminal::start(&with_agent(&home, &agent.socket()), WIDE);
    terminal.wait_for("the own key", |s| s.contains("signs as alice"));
    say(&terminal, "note before the touch");
    terminal.wait_for("awaited", |s| {
        s.contains("SIGNATURE AWAITED for your session key: touch your hardware key") && s.contains("before the touch")
    });
    say(&terminal, "note still before the touch");
    terminal.wait_for("the second note", |s| s.contains("still before the touch"));
}

#[test]
fn without_a_key_it_says_unsigned_and_why_when_asked() {
    let home = home_in_incident();
    let terminal = Terminal::start(&with_agent(&home, &home.home().join("dead-agent")), WIDE);
    terminal.wait_for("unsigned", |s| drawn(s) && s.contains("UNSIGNED (: key says why)"));
    say(&terminal, "key");
    terminal.wait_for("the reason", |s| s.contains("your entries are UNSIGNED: no own key: no agent answers at"));
}
