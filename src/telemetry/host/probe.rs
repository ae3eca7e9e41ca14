//! The host source: reads what the kernel counts and turns counters into rates. Must not know how often it is asked.

use std::fs;
use std::time::{Duration, Instant};

use sysinfo::{Networks, System};

use super::disks;
use super::waits::Waits;
use crate::domain::observation::{Answer, Reading};
use crate::domain::signal::SignalId;
use crate::telemetry::json::float;
use crate::telemetry::replies::note_read;

/// The shortest time over which a rate says anything (the kernel counts processor time in hundredths of a second).
pub const RATE_WAIT: Duration = Duration::from_millis(300);

/// The kernel's own files behind the readings, by what the readings name as their source.
const RAW: [(&str, &str); 6] = [
    ("kernel counters", "/proc/stat"),
    ("load average", "/proc/loadavg"),
    ("memory counters", "/proc/meminfo"),
    ("interface counters", "/proc/net/dev"),
    ("disk counters", DISKS),
    ("descriptors", "/proc/sys/fs/file-nr"),
];

/// What the kernel counts of each disk.
const DISKS: &str = "/proc/diskstats";

/// Lines of such a file that are kept: the sums stand first.
const RAW_LINES: usize = 8;

/// This machine, with the counters of the round before.
#[derive(Debug)]
pub struct Host {
    system: Option<System>,
    networks: Option<Networks>,
    waits: Waits,
    asked: Option<Instant>,
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

impl Host {
    /// Nothing is read yet; rates come with the second round, at least [`RATE_WAIT`] after the first.
    #[must_use]
    pub fn new() -> Self {
        Self { system: System::new().ok(), networks: Networks::new().ok(), waits: Waits::default(), asked: None }
    }

    /// Whether a round has been made, so that the next one has rates.
    #[must_use]
    pub const fn warm(&self) -> bool {
        self.asked.is_some()
    }

    /// One round: a few files of the kernel, no process list. What cannot be read is left out.
    pub fn round(&mut self) -> Answer {
        note_raw();
        let mut readings = Vec::with_capacity(10);
        let since = self.asked.replace(Instant::now()).map(|then| then.elapsed().as_secs_f64());
        if let Some(system) = self.system.as_mut() {
            system.refresh_cpu_usage();
            system.refresh_memory();
        }
        let mut add = |signal, value: Option<f64>, source| {
            if let Some(value) = value.filter(|v| v.is_finite()) {
                readings.push(Reading::number(signal, value, source));
            }
        };
        // The first usage of all is since nothing: it says zero, and zero would be a lie.
        let cpu = since.and(self.system.as_ref()).map(|s| f64::from(s.global_cpu_usage()));
        add(SignalId::CPU, cpu, "kernel counters");
        add(SignalId::LOAD, load_per_core(), "load average");
        add(SignalId::MEMORY, self.system.as_ref().and_then(memory_used_pct), "memory counters");
        add(SignalId::DISK_FREE, disk_free_pct(), "statvfs of writable disks");
        let wait = fs::read_to_string(DISKS).ok().and_then(|table| self.waits.look(&table));
        add(SignalId::DISK_WAIT, wait, "disk counters");
        let (rx, tx) = self.network_bps(since);
        add(SignalId::NET_RX, rx, "interface counters");
        add(SignalId::NET_TX, tx, "interface counters");
        add(SignalId::FDS, descriptors_pct(), "/proc/sys/fs/file-nr");
        add(SignalId::UPTIME, System::uptime().ok().map(float).filter(|s| *s > 0.0), "uptime");
        Answer { readings, ..Answer::default() }
    }

    /// Bytes a second in and out, over all interfaces but loopback.
    fn network_bps(&mut self, since: Option<f64>) -> (Option<f64>, Option<f64>) {
        let Some(networks) = self.networks.as_mut() else { return (None, None) };
        networks.refresh(true);
        let Some(since) = since.filter(|s| *s > 0.0) else { return (None, None) };
        let real = || networks.iter().filter(|(name, _)| !name.to_string_lossy().starts_with("lo"));
        let rx: u64 = real().map(|(_, n)| n.received()).sum();
        let tx: u64 = real().map(|(_, n)| n.transmitted()).sum();
        (Some(float(rx) / since), Some(float(tx) / since))
    }
}

/// What the kernel says, word for word, for the closer look.
fn note_raw() {
    for (what, file) in RAW {
        if let Ok(text) = fs::read_to_string(file) {
            let head: Vec<&str> = text.lines().take(RAW_LINES).collect();
            note_read(&format!("{what}: {file}"), &head.join("\n"));
        }
    }
}

fn load_per_core() -> Option<f64> {
    let cores = std::thread::available_parallelism().ok()?;
    let cores = u32::try_from(cores.get()).ok()?;
    System::load_average().ok().map(|l| l.one / f64::from(cores))
}

fn memory_used_pct(system: &System) -> Option<f64> {
    let all = system.total_memory();
    let free = system.available_memory();
    (all > 0).then(|| 100.0 * float(all.saturating_sub(free)) / float(all))
}

/// `allocated unused limit`; a limit beyond 2^60 means there is none.
fn descriptors_pct() -> Option<f64> {
    let text = fs::read_to_string("/proc/sys/fs/file-nr").ok()?;
    let mut words = text.split_ascii_whitespace().map(str::parse::<u64>);
    let open = words.next()?.ok()?;
    let limit = words.nth(1)?.ok()?;
    (limit > 0 && limit < 1 << 60).then(|| 100.0 * float(open) / float(limit))
}

#[cfg(target_os = "linux")]
fn disk_free_pct() -> Option<f64> {
    let table = fs::read_to_string("/proc/self/mounts").ok()?;
    let asked = disks::writable_disks(&table);
    // What root keeps for itself is neither free nor ours: count as df does.
    let count = |s: rustix::fs::StatVfs| (s.f_bavail, s.f_blocks.saturating_sub(s.f_bfree) + s.f_bavail);
    let space = |m: &disks::Mount| Some((m.place.clone(), count(rustix::fs::statvfs(m.place.as_str()).ok()?)));
    let spaces: Vec<(String, (u64, u64))> = asked.iter().filter_map(space).collect();
    let told = spaces.iter().map(|(place, (free, all))| format!("{place}: {free} of {all} blocks are free to us"));
    note_read("statvfs of writable disks", &told.collect::<Vec<_>>().join("\n"));
    disks::fullest(spaces.into_iter().map(|(_, space)| space))
}

#[cfg(not(target_os = "linux"))]
fn disk_free_pct() -> Option<f64> {
    let disks = sysinfo::Disks::new_with_refreshed_list();
    let real = disks.iter().filter(|d| !d.is_read_only() && !d.is_removable());
    disks::fullest(real.map(|d| (d.available_space(), d.total_space())))
}
