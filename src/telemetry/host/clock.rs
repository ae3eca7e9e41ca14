//! How far this machine's clock may be off, from whoever disciplines it: chrony, else systemd-timesyncd. Both are asked
//! with their own tools, rarely, and are not waited for. Where neither can be asked the signal is absent, never zero.

use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::Command;

/// A clock drifts slowly: asking more often tells nothing.
const ASK_EVERY: Duration = Duration::from_secs(60);

/// The tools answer in milliseconds; one that hangs is ended and counts as absent.
const ANSWER_LIMIT: Duration = Duration::from_secs(1);

/// What to ask, and who reads the answer.
const TOOLS: [(&str, &[&str], Reader); 2] =
    [("/usr/bin/chronyc", &["-c", "tracking"], chrony_ms), ("/usr/bin/timedatectl", &["timesync-status"], timesync_ms)];

type Reader = fn(&str) -> Option<f64>;

/// The clock's discipline, as last asked.
#[derive(Debug, Default)]
pub struct Discipline {
    asked: Option<Instant>,
    offset_ms: Option<f64>,
}

impl Discipline {
    /// Milliseconds that the clock may be off; asks when it is time to.
    pub async fn offset_ms(&mut self) -> Option<f64> {
        if self.asked.is_none_or(|then| then.elapsed() >= ASK_EVERY) {
            self.asked = Some(Instant::now());
            self.offset_ms = ask().await;
        }
        self.offset_ms
    }
}

async fn ask() -> Option<f64> {
    for (tool, args, read) in TOOLS {
        let mut command = Command::new(tool);
        command.args(args).env("LC_ALL", "C").stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let Ok(Ok(output)) = tokio::time::timeout(ANSWER_LIMIT, command.output()).await else { continue };
        let said = String::from_utf8_lossy(&output.stdout);
        if let Some(ms) = output.status.success().then(|| read(&said)).flatten() {
            return Some(ms);
        }
    }
    None
}

/// `chronyc -c tracking`: the bound that its manual gives, |system time| + root dispersion + half the root delay.
#[must_use]
pub fn chrony_ms(text: &str) -> Option<f64> {
    let fields: Vec<&str> = text.lines().next()?.split(',').collect();
    let leap = fields.get(13)?.trim();
    if leap.eq_ignore_ascii_case("not synchronised") || leap.is_empty() {
        return None;
    }
    let seconds = |i: usize| fields.get(i)?.trim().parse::<f64>().ok().filter(|s| s.is_finite());
    Some(1e3 * (seconds(4)?.abs() + seconds(11)? + seconds(10)? / 2.0))
}

/// `timedatectl timesync-status`: |offset| + root distance.
#[must_use]
pub fn timesync_ms(text: &str) -> Option<f64> {
    let field = |name: &str| {
        let line = text.lines().find_map(|l| l.trim().strip_prefix(name)?.strip_prefix(':'))?;
        time_ms(line.split('(').next()?)
    };
    Some(field("Offset")?.abs() + field("Root distance").unwrap_or(0.0))
}

/// `-1.207ms`, `+345us`, `1min 2.5s`
fn time_ms(text: &str) -> Option<f64> {
    let text = text.trim();
    let (sign, text) = text.strip_prefix('-').map_or((1.0, text.trim_start_matches('+')), |rest| (-1.0, rest));
    let mut sum = None;
    for word in text.split_ascii_whitespace() {
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let factor = match &word[digits.len()..] {
            "us" => 1e-3,
            "ms" => 1.0,
            "s" => 1e3,
            "min" => 6e4,
            "h" => 3.6e6,
            _ => return None,
        };
        sum = Some(sum.unwrap_or(0.0) + digits.parse::<f64>().ok()? * factor);
    }
    sum.map(|ms: f64| sign * ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chronys_line_is_read_as_its_manual_says() {
        let line =
            "C0A80001,ntp.example,3,1795256400.1,-0.000200000,0.0001,0.0002,-12.3,0.0,0.1,0.010,0.0008,64.2,Normal\n";
        let ms = chrony_ms(line).unwrap();
        assert!((ms - 6.0).abs() < 1e-9, "{ms}");
        assert_eq!(chrony_ms(&line.replace("Normal", "Not synchronised")), None);
        assert_eq!(chrony_ms("506 Cannot talk to daemon\n"), None);
    }

    #[test]
    fn timesyncds_page_is_read() {
        let page = "       Server: 192.0.2.1 (ntp.example)\n         Leap: normal\nRoot distance: 61us (max: 5s)\n       \
                    Offset: -1.207ms\n        Delay: 28.9ms\n";
        let ms = timesync_ms(page).unwrap();
        assert!((ms - 1.268).abs() < 1e-9, "{ms}");
        assert_eq!(time_ms("+1min 2.5s"), Some(62_500.0));
        assert_eq!(timesync_ms("       Server: n/a\n"), None);
        assert_eq!(timesync_ms("Offset: soon\n"), None);
    }
}
