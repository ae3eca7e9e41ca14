//! Three network namespaces on one bridge that lead nowhere else, so that a wire can really be cut. Needs root and `ip`.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail there")]

use std::path::PathBuf;
use std::process::Command;

/// The namespaces; dropped, they go, with whatever wires are in them.
pub struct Split {
    names: Vec<String>,
    folder: tempfile::TempDir,
}

impl Split {
    /// Lays the wires; without root it says so, and there are none.
    pub fn new(test: &str) -> Option<Self> {
        let root = rustix::process::geteuid().is_root();
        if !root || !ip(&["netns", "list"]) {
            eprintln!("SKIPPED {test}: it needs root and `ip netns` to cut a real wire");
            return None;
        }
        let pid = std::process::id();
        let names = ["a", "b", "c", "x"].iter().map(|n| format!("wr{pid}{n}")).collect();
        let split = Self { names, folder: tempfile::tempdir().unwrap() };
        split.names.iter().for_each(|name| assert!(ip(&["netns", "add", name]), "no namespace {name}"));
        let hub = &split.names[3];
        assert!(
            ip(&["-n", hub, "link", "add", "hub", "type", "bridge"]) && ip(&["-n", hub, "link", "set", "hub", "up"])
        );
        for n in 0..3 {
            let (name, port) = (&split.names[n], format!("to{n}"));
            let laid = ip(&["link", "add", "wire", "netns", name, "type", "veth", "peer", "name", &port, "netns", hub])
                && ip(&["-n", hub, "link", "set", &port, "master", "hub", "up"])
                && ip(&["-n", name, "addr", "add", &format!("{}/24", split.ip(n)), "dev", "wire"])
                && ip(&["-n", name, "link", "set", "lo", "up"])
                && ip(&["-n", name, "link", "set", "wire", "up"]);
            assert!(laid, "no wire to {name}");
        }
        Some(split)
    }

    pub fn name(&self, n: usize) -> &str {
        &self.names[n]
    }

    #[expect(clippy::unused_self, reason = "the addresses belong to the wires")]
    pub fn ip(&self, n: usize) -> String {
        format!("10.213.77.{}", n + 1)
    }

    /// A folder for what runs in one of them.
    pub fn folder(&self, n: usize) -> PathBuf {
        self.folder.path().join(n.to_string())
    }

    /// Cuts one of them off.
    pub fn cut(&self, n: usize) {
        assert!(ip(&["-n", &self.names[3], "link", "set", &format!("to{n}"), "down"]));
    }

    /// Mends the wire.
    pub fn mend(&self, n: usize) {
        assert!(ip(&["-n", &self.names[3], "link", "set", &format!("to{n}"), "up"]));
    }
}

impl Drop for Split {
    fn drop(&mut self) {
        for name in &self.names {
            let _ = ip(&["netns", "del", name]);
        }
    }
}

fn ip(args: &[&str]) -> bool {
    Command::new("ip").args(args).output().is_ok_and(|o| o.status.success())
}
