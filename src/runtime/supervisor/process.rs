//! The processes below a supervisor: finding them all, ending them all. On Linux through `/proc` and as their
//! subreaper, so that none escapes by a session of its own; elsewhere only the process group is reached.

use std::time::Duration;
use std::time::Instant;

use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::WaitOptions;

/// Killing goes on for at most this long: a process in uninterruptible sleep dies when it wakes.
const SWEEP_LIMIT: Duration = Duration::from_secs(5);
/// The pause between two looks.
const LOOK: Duration = Duration::from_millis(10);

/// One line of `/proc/<pid>/stat`, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    pid: u32,
    parent: u32,
    zombie: bool,
    start: u64,
}

impl Stat {
    /// The name in parentheses may hold blanks and parentheses: the last one ends it.
    fn parse(text: &str) -> Option<Self> {
        let pid = text.split(' ').next()?.parse().ok()?;
        let (_, rest) = text.rsplit_once(')')?;
        let mut fields = rest.split_ascii_whitespace();
        let zombie = matches!(fields.next()?, "Z" | "X");
        let parent = fields.next()?.parse().ok()?;
        let start = fields.nth(17)?.parse().ok()?;
        Some(Self { pid, parent, zombie, start })
    }

    fn of(pid: u32) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }
}

/// When a process began, clock ticks since boot; `None` when there is none of that number.
pub(super) fn start_of(pid: u32) -> Option<u64> {
    Stat::of(pid).filter(|s| !s.zombie).map(|s| s.start)
}

/// Every process below this one that is not dead, and dead ones of ours that nobody has collected.
fn below() -> (Vec<u32>, Vec<u32>) {
    let own = std::process::id();
    let Ok(dir) = std::fs::read_dir("/proc") else { return (Vec::new(), Vec::new()) };
    let pids = dir.filter_map(|e| e.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let all: Vec<Stat> = pids.filter_map(Stat::of).collect();
    let (mut alive, mut dead) = (Vec::new(), Vec::new());
    let mut parents = vec![own];
    while let Some(parent) = parents.pop() {
        for child in all.iter().filter(|s| s.parent == parent && s.pid != own) {
            if !child.zombie {
                alive.push(child.pid);
            } else if parent == own {
                dead.push(child.pid);
            }
            parents.push(child.pid);
        }
    }
    (alive, dead)
}

fn pid(raw: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(raw).ok()?)
}

/// How many processes below this one live. `shell` is left to the standard library to collect.
pub(super) fn count_below(shell: u32) -> usize {
    let (alive, dead) = below();
    for raw in dead.into_iter().filter(|d| *d != shell) {
        if let Some(pid) = pid(raw) {
            // Gone already is as good as collected.
            let _ = rustix::process::waitpid(Some(pid), WaitOptions::NOHANG);
        }
    }
    alive.len()
}

/// Sends a signal to the shell's group and to everything below this process, wherever it has gone.
pub(super) fn signal_all(shell: u32, signal: Signal) {
    if let Some(group) = pid(shell) {
        // A group that is gone needs no signal.
        let _ = rustix::process::kill_process_group(group, signal);
    }
    for pid in below().0.into_iter().filter_map(pid) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// Kills everything below this process, again and again while new ones appear.
pub(super) fn sweep(shell: u32) -> usize {
    let begun = Instant::now();
    loop {
        signal_all(shell, Signal::KILL);
        let left = count_below(shell);
        if left == 0 || begun.elapsed() > SWEEP_LIMIT {
            return left;
        }
        std::thread::sleep(LOOK);
    }
}

/// Makes orphans of our descendants ours instead of init's.
pub(super) fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    {
        // An old kernel without it loses only the sweep of daemons.
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    }
}

#[cfg(test)]
mod tests {
    use super::{Stat, start_of};

    #[test]
    fn a_name_with_parentheses_does_not_confuse_the_reader() {
        let text = "42 (a) R (b)) Z 7 42 42 0 -1 4 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2";
        assert_eq!(Stat::parse(text), Some(Stat { pid: 42, parent: 7, zombie: true, start: 987_654 }));
        assert_eq!(Stat::parse("42 (a"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_a_start() {
        assert!(start_of(std::process::id()).is_some());
        assert_eq!(start_of(u32::MAX), None);
    }
}
