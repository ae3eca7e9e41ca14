//! Which mounts are writable real disks, and how full the fullest is. Network mounts are never asked: a dead server
//! would hold the question for ever.

/// One mount of `/proc/self/mounts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The device.
    pub device: String,
    /// Where it is mounted.
    pub place: String,
}

/// File systems that live on a disk of this machine.
const REAL: [&str; 10] = ["ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "overlay", "apfs"];

/// Mounts that are asked at most; of more (a container host), the first.
const MOUNTS_LIMIT: usize = 64;

/// The writable real disks of a mount table, each device once.
#[must_use]
pub fn writable_disks(table: &str) -> Vec<Mount> {
    let mut out: Vec<Mount> = Vec::new();
    for line in table.lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(device), Some(place), Some(kind), Some(options)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        let writable = options.split(',').any(|o| o == "rw");
        let container_part = kind == "overlay" && place != "/";
        let file = ["/etc/", "/proc/", "/sys/", "/dev/", "/boot"].iter().any(|p| place.starts_with(p));
        if !REAL.contains(&kind) || !writable || container_part || file || out.iter().any(|m| m.device == device) {
            continue;
        }
        if out.len() < MOUNTS_LIMIT {
            out.push(Mount { device: device.to_owned(), place: unescaped(place) });
        }
    }
    out
}

/// The mount table writes blanks as `\040`.
fn unescaped(place: &str) -> String {
    place.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
}

/// The least free share, %, of (free to us, all) pairs; disks without size are left out.
#[must_use]
pub fn fullest(spaces: impl IntoIterator<Item = (u64, u64)>) -> Option<f64> {
    let shares = spaces.into_iter().filter(|(_, all)| *all > 0);
    let shares =
        shares.map(|(free, all)| 100.0 * crate::telemetry::json::float(free) / crate::telemetry::json::float(all));
    shares.min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_writable_real_disks_count() {
        let table = "/dev/sda1 / ext4 rw,relatime 0 0\n/dev/sda1 /etc/hosts ext4 rw 0 0\ntmpfs /run tmpfs rw 0 0\n\
                     server:/x /mnt nfs4 rw 0 0\n/dev/loop1 /snap/core squashfs ro 0 0\n/dev/sdb1 /a\\040b xfs rw 0 0\n\
                     /dev/sr0 /cd ext4 ro 0 0\nshort line\n";
        let places: Vec<String> = writable_disks(table).into_iter().map(|m| m.place).collect();
        assert_eq!(places, ["/", "/a b"]);
        assert_eq!(fullest([(50, 100), (1, 10), (0, 0)]), Some(10.0));
        assert_eq!(fullest([]), None);
    }
}
