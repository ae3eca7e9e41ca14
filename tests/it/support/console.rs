//! The console of the real binary in a played terminal and a home of its own, with the real clock.
//! Must not press anything by itself.

use std::process::Command;

use crate::support::pty::Terminal;
use crate::support::warroom::Warroom;

/// A usual terminal.
pub const USUAL: (u16, u16) = (80, 24);

/// The three words that the strip shows as soon as anything is wrong.
pub const STRIP: [&str; 3] = ["FAILING", "DOING", "NEXT"];

/// The call as a person makes it in a colour terminal.
pub fn command(home: &Warroom) -> Command {
    let mut command = home.command(&[]);
    command.env_remove("WARROOM_CLOCK").env("TERM", "xterm-256color").env("LANG", "C.UTF-8");
    command
}

/// Started and drawn.
pub fn open(home: &Warroom, size: (u16, u16)) -> Terminal {
    let terminal = Terminal::start(&command(home), size);
    terminal.wait_for("the strip", drawn);
    terminal
}

/// Whether the strip is on the screen: its one calm line (also beside a busy host), or all three.
pub fn drawn(screen: &str) -> bool {
    screen.contains("all quiet")
        || screen.contains("nothing of ours fails")
        || STRIP.iter().all(|word| screen.contains(word))
}

/// A home that watches nothing but this host and never asks the network.
pub fn quiet_home() -> Warroom {
    let home = Warroom::new();
    home.write("config.toml", "network = \"test\"\ndiscover = false\n");
    home
}

/// The same with an open incident.
pub fn home_in_incident() -> Warroom {
    let home = quiet_home();
    let said = home.run(&["declare", "--severity", "2", "finality stall"]);
    assert_eq!(said.code, 0, "{said:?}");
    home
}
