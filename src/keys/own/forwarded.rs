//! Whose agent is behind the socket: one on this machine, or one on another that sshd passes on? Whoever is root here can
//! use a forwarded agent as its owner can; only a touch or a question at the owner's end tells the two apart.

use std::path::Path;

/// Where the agent's keys are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// On this machine.
    Local,
    /// On the machine this login came from; sshd listens at the socket.
    Forwarded,
    /// It cannot be told.
    Unknown,
}

impl Reach {
    /// For people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Local => "agent on this machine",
            Self::Forwarded => {
                "forwarded agent: root on this machine can use it too, unless it asks or the key wants a touch"
            }
            Self::Unknown => "agent; it cannot be told whether it is forwarded",
        }
    }
}

/// Judges by the socket's name, and by the process that the name tells of: sshd puts its own into it.
#[must_use]
pub fn reach(socket: &Path, over_ssh: bool) -> Reach {
    let path = socket.to_string_lossy();
    // OpenSSH 10.1 and later: ~/.ssh/agent/s.XXXXXXXXXX.sshd.XXXXXXXXXX, and `.agent.` for an agent's own.
    if path.contains(".sshd.") {
        return Reach::Forwarded;
    }
    // Before: /tmp/ssh-XXXXXXXXXX/agent.PID, with sshd's number, or that of whoever started the agent.
    let pid = path.rsplit_once("/agent.").filter(|_| path.contains("/ssh-")).and_then(|(_, pid)| pid.parse().ok());
    match pid.map(process_name) {
        Some(Some(name)) if name.starts_with("sshd") => Reach::Forwarded,
        Some(Some(_)) => Reach::Local,
        // Whoever started the agent has ended; sshd would have taken its socket along, where it can be looked up.
        Some(None) if !over_ssh || Path::new("/proc/self/comm").exists() => Reach::Local,
        _ if !over_ssh => Reach::Local,
        _ => Reach::Unknown,
    }
}

/// What a process is called, where the system has `/proc`.
fn process_name(pid: u32) -> Option<String> {
    std::fs::read_to_string(format!("/proc/{pid}/comm")).ok().map(|name| name.trim().to_owned())
}
