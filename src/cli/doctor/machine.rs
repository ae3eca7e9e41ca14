//! This machine: its clock and its disk.

use std::path::Path;

use crate::cli::doctor::finding::Finding;
use crate::domain::observation::Observation;
use crate::domain::observation::Value;
use crate::domain::signal::SignalId;
use crate::domain::verdict::Limits;

/// Less than this, and an incident's samples, outputs and log may not fit, whatever share of the disk it is: 256 MiB.
const LEAST_FREE: u64 = 256 * 1024 * 1024;

/// The clock: a stand-in, disciplined, or left to itself.
#[must_use]
pub fn clock(stand_in: Option<&str>, host: Option<&Observation>, limits: &Limits) -> Finding {
    if let Some(setting) = stand_in.filter(|s| !s.is_empty()) {
        let says = format!("WARROOM_CLOCK={setting} stands in the wall clock's place");
        return Finding::warn("clock", says, "unset WARROOM_CLOCK; it is for tests");
    }
    let readings = host.and_then(|o| o.outcome.as_ref().ok()).map(|a| a.readings.as_slice()).unwrap_or_default();
    let offset = readings.iter().find(|r| SignalId::find("host.clock_offset_ms") == Some(r.signal));
    match offset.map(|r| &r.value) {
        Some(Value::Number(ms)) if *ms <= limits.clock_warn_ms => {
            Finding::ok("clock", format!("disciplined, right within {ms:.0} ms"))
        }
        Some(Value::Number(ms)) => Finding::warn(
            "clock",
            format!("may be off by {ms:.0} ms (limit {:.0})", limits.clock_warn_ms),
            "look at `chronyc tracking` or `timedatectl`",
        ),
        _ => Finding::warn(
            "clock",
            "neither chrony nor systemd-timesyncd says that it disciplines this clock: times in the log may be off",
            "start chrony or systemd-timesyncd; with another time service, ask that one",
        ),
    }
}

/// Free space where incidents are kept.
#[must_use]
pub fn disk(data_dir: &Path, limits: &Limits) -> Finding {
    let there = data_dir.ancestors().find(|f| f.exists()).unwrap_or(Path::new("/"));
    let about = match rustix::fs::statvfs(there) {
        Ok(about) => about,
        Err(why) => {
            let says = format!("free space of {} is unknown: {why}", there.display());
            return Finding::warn("disk", says, "look at it with df");
        }
    };
    let free = about.f_bavail.saturating_mul(about.f_frsize);
    let all = about.f_blocks.saturating_mul(about.f_frsize).max(1);
    let per_mille = free.saturating_mul(1_000) / all;
    let says = format!("{} of {} free ({} %) at {}", size(free), size(all), per_mille / 10, there.display());
    let share = u32::try_from(per_mille).map_or(100.0, |p| f64::from(p) / 10.0);
    if free < LEAST_FREE || share < limits.disk_bad_pct {
        Finding::bad("disk", says, "make room: the log is held in memory when the disk is full")
    } else if share < limits.disk_warn_pct {
        Finding::warn("disk", says, "make room before the next incident")
    } else {
        Finding::ok("disk", says)
    }
}

fn size(bytes: u64) -> String {
    match bytes / (1024 * 1024) {
        mib @ 0..10_240 => format!("{mib} MiB"),
        mib => format!("{} GiB", mib / 1024),
    }
}
