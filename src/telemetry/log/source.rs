//! One log file as a source: matching lines and all lines of the last minute, and the last line that matched.
//! Must not know how often it is asked, nor the limits.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::follow::{Follow, Look, MOVED};
use crate::domain::observation::{Answer, Fact, Failure, LAST_LINE, Reading};
use crate::domain::pattern::Matcher;
use crate::domain::signal::SignalId;
use crate::domain::subject::LogSpec;
use crate::domain::time::{At, Clock, Span};
use crate::telemetry::json::float;
use crate::telemetry::replies::note_read;

/// Counts are of this much time before now.
const MINUTE: Span = Span::from_mins(1);

/// Matching lines that the closer look tells, the newest first.
const TOLD: usize = 5;

/// How long the patterns of one look may take: 4 MiB against 64 patterns would take many seconds. The newest lines are held
/// against them first; those that are left then are counted as lines, and said not to have been looked at.
const MATCH_LIMIT: Duration = Duration::from_secs(1);

/// One log.
#[derive(Debug)]
pub struct Log {
    spec: LogSpec,
    follow: Arc<Mutex<Follow>>,
    matcher: Result<Arc<Matcher>, String>,
    /// When, how many lines, how many matched: one row for each round of the last minute.
    rounds: VecDeque<(At, u64, u64)>,
    last: VecDeque<(At, String)>,
    turned: Option<(At, &'static str)>,
    skipped: u64,
    unmatched: u64,
}

/// What one look found, held against the patterns.
struct Matched {
    look: Look,
    count: u64,
    /// The newest that matched, the newest first.
    newest: Vec<String>,
    unmatched: u64,
}

impl Log {
    /// Of this file; nothing is opened yet.
    #[must_use]
    pub fn new(spec: LogSpec) -> Self {
        let matcher = Matcher::new(&spec.patterns, &spec.ignore).map(Arc::new);
        let follow = Arc::new(Mutex::new(Follow::new(&spec.file)));
        let (rounds, last) = (VecDeque::new(), VecDeque::new());
        Self { spec, follow, matcher, rounds, last, turned: None, skipped: 0, unmatched: 0 }
    }

    /// One round: what was appended since the last one.
    ///
    /// # Errors
    /// When the file is not there or cannot be read, or a pattern cannot be used.
    pub async fn round(&mut self, clock: &dyn Clock) -> Result<Answer, Failure> {
        let matcher = Arc::clone(self.matcher.as_ref().map_err(|why| Failure::Setup(why.clone()))?);
        let follow = Arc::clone(&self.follow);
        // A file on a disk that hangs must not hold the pollers, nor may slow patterns; the look that hangs keeps the lock.
        let looked = tokio::task::spawn_blocking(move || {
            follow.try_lock().ok().map(|mut follow| follow.look().map(|look| held_against(&matcher, look)))
        });
        let looked = looked.await.ok().flatten();
        let looked = looked.ok_or_else(|| Failure::Broken("the look before hangs; is its disk there?".to_owned()))?;
        let now = clock.now();
        let Matched { look, count: matched, newest, unmatched } = looked.map_err(|why| self.words(&why))?;
        for line in newest.into_iter().rev() {
            self.last.push_front((now, line));
        }
        self.last.truncate(TOLD);
        let lines: Vec<&str> = self.last.iter().map(|(_, line)| line.as_str()).collect();
        note_read(&format!("followed file {}, lines that matched last", self.spec.file.display()), &lines.join("\n"));
        self.skipped = self.skipped.saturating_add(look.skipped);
        self.unmatched = self.unmatched.saturating_add(unmatched);
        // A file that stays away is told with the moment it went.
        let same = self.turned.is_some_and(|(_, was)| look.turned == Some(was) && was == MOVED);
        self.turned = look.turned.filter(|_| !same).map(|t| (now, t)).or(self.turned);
        self.rounds.push_back((now, look.lines.len() as u64, matched));
        while self.rounds.front().is_some_and(|(at, ..)| now.since(*at) >= MINUTE) {
            self.rounds.pop_front();
        }
        Ok(self.answer())
    }

    fn answer(&self) -> Answer {
        let sum = |of: fn(&(At, u64, u64)) -> u64| float(self.rounds.iter().map(of).sum());
        let readings = vec![
            Reading::number(SignalId::LOG_MATCHES, sum(|r| r.2), "followed file"),
            Reading::number(SignalId::LOG_LINES, sum(|r| r.1), "followed file"),
        ];
        let mut facts = vec![Fact::new("file", &self.spec.file.display().to_string())];
        let mut topic = LAST_LINE;
        for (at, line) in &self.last {
            // Evidence begins with the line itself; when it came stands beside it.
            facts.push(Fact::new(topic, line));
            facts.push(Fact::new("matched at", &at.hms()));
            topic = "before it";
        }
        if let Some((at, turned)) = self.turned {
            facts.push(Fact::new("file was", &format!("{turned} at {}", at.hms())));
        }
        if self.skipped > 0 {
            let why = "it grows faster than it can be read, or was gone before";
            facts.push(Fact::unknown("log.matches_min", &format!("{} bytes were not looked at: {why}", self.skipped)));
        }
        if self.unmatched > 0 {
            let why = format!("the patterns took over {} s", MATCH_LIMIT.as_secs());
            facts
                .push(Fact::unknown("log.matches_min", &format!("{} lines were not looked at: {why}", self.unmatched)));
        }
        Answer { readings, facts, ..Answer::default() }
    }

    fn words(&self, why: &io::Error) -> Failure {
        let file = self.spec.file.display();
        Failure::Setup(match why.kind() {
            io::ErrorKind::NotFound => format!("{file} is not there; it is read as soon as it appears"),
            io::ErrorKind::PermissionDenied => format!("{file} may not be read; give this user the right to"),
            _ => format!("{file} cannot be read: {why}"),
        })
    }
}

/// The newest lines first, as far as the time allows.
fn held_against(matcher: &Matcher, look: Look) -> Matched {
    let began = Instant::now();
    let mut matched = Matched { look, count: 0, newest: Vec::new(), unmatched: 0 };
    let lines = &matched.look.lines;
    for (held, line) in lines.iter().rev().enumerate() {
        if began.elapsed() > MATCH_LIMIT {
            matched.unmatched = (lines.len() - held) as u64;
            break;
        }
        if matcher.matches(line) {
            matched.count += 1;
            if matched.newest.len() < TOLD {
                matched.newest.push(line.clone());
            }
        }
    }
    matched
}
