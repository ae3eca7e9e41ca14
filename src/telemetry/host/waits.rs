//! How long disks take, from the kernel's own counters: the mean of each disk between two looks. Pure.

use std::collections::BTreeMap;

use crate::telemetry::json::float;

/// Fewest reads and writes between two looks before their mean says anything.
const FEWEST: u64 = 4;

/// Disks that are followed; of more, the first.
const DISKS_LIMIT: usize = 256;

/// Devices that are no disks of their own.
const NO_DISKS: [&str; 5] = ["loop", "ram", "zram", "sr", "fd"];

/// Reads and writes that were completed, and milliseconds that they took together.
type Counters = (u64, u64);

/// The counters of the look before.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    before: BTreeMap<String, Counters>,
}

impl Waits {
    /// Takes `/proc/diskstats`: milliseconds of the slowest disk since the look before; `None` at the first, and while hardly
    /// anything is read or written.
    pub fn look(&mut self, table: &str) -> Option<f64> {
        let now = counters(table);
        let mean = |(disk, (count, ms)): (&String, &Counters)| {
            let (old_count, old_ms) = self.before.get(disk)?;
            // Counters begin anew when a disk is taken out and put in again.
            let (count, ms) = (count.checked_sub(*old_count)?, ms.checked_sub(*old_ms)?);
            (count >= FEWEST).then(|| float(ms) / float(count))
        };
        let slowest = now.iter().filter_map(mean).max_by(f64::total_cmp);
        self.before = now;
        slowest
    }
}

/// `major minor name reads merged sectors ms writes merged sectors ms …`
fn counters(table: &str) -> BTreeMap<String, Counters> {
    let mut found = BTreeMap::new();
    for line in table.lines() {
        let mut words = line.split_ascii_whitespace().skip(2);
        let Some(name) = words.next().filter(|n| !NO_DISKS.iter().any(|no| n.starts_with(no))) else { continue };
        let numbers: Vec<u64> = words.take(8).map_while(|w| w.parse().ok()).collect();
        if let [reads, _, _, read_ms, writes, _, _, write_ms] = numbers[..]
            && found.len() < DISKS_LIMIT
        {
            let counts = (reads.saturating_add(writes), read_ms.saturating_add(write_ms));
            found.insert(name.to_owned(), counts);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_disk_counts_by_its_mean() {
        let table = |vda: &str, sdb: &str| {
            format!(
                "   7       0 loop0 900 0 0 90000 0 0 0 0 0 0 0\n 253       0 vda {vda} 0 10 20 0\n   8      16 sdb {sdb} 0 1 2\nshort 1\n"
            )
        };
        let mut waits = Waits::default();
        assert_eq!(
            waits.look(&table("100 5 800 400 50 6 900 600", "10 0 80 100 0 0 0 0")),
            None,
            "nothing to compare with"
        );
        assert_eq!(
            waits.look(&table("103 5 820 406 55 6 990 642", "10 0 80 100 3 0 24 900")),
            Some(6.0),
            "three are too few"
        );
        assert_eq!(waits.look(&table("103 5 820 406 55 6 990 642", "14 0 80 300 3 0 24 900")), Some(50.0));
        assert_eq!(waits.look(&table("1 0 8 4 0 0 0 0", "14 0 80 300 3 0 24 900")), None, "taken out and put in again");
        assert_eq!(waits.look(""), None);
    }
}
