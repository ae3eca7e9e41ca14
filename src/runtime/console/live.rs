//! The loop. Everything that happens comes in here, one after the other; keys before anything else.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{Receiver, channel};

use crate::app::layer::Layer;
use crate::app::model::Model;
use crate::app::msg::{JournalMsg, Msg};
use crate::app::update;
use crate::domain::time::Clock;
use crate::runtime::console::canvas::Canvas;
use crate::runtime::console::hands::Hands;
use crate::runtime::console::start::{ConsoleError, ConsoleOptions};
use crate::runtime::terminal::{Input, Pen, Written, listen};

/// At most this many messages wait; a full queue slows the senders down, and observations drop their oldest.
const QUEUE: usize = 1_024;
/// At most this many messages are taken before the screen may be drawn again.
const BATCH: usize = 256;
/// Keys that wait; more typing than this before the loop looks is held back by the terminal.
const KEYS: usize = 256;
/// Between two ticks while nothing needs a running clock.
const CALM: Duration = Duration::from_secs(5);
/// Between two ticks while a clock runs on the screen.
const BUSY: Duration = Duration::from_secs(1);
/// How long leaving waits for the disk to take what is still open.
const LEAVING: Duration = Duration::from_millis(1_500);

/// Why the loop ends.
enum End {
    /// The person leaves.
    Left,
    /// A signal.
    Signal(u8),
    /// The terminal is gone.
    Hangup,
    /// A fault of ours.
    Panicked,
}

/// Lives until somebody leaves; answers 0, or 128 and the signal's number.
pub(super) async fn live(
    options: ConsoleOptions,
    model: &mut Model,
    canvas: &mut Canvas,
    mut panics: Receiver<()>,
) -> Result<u8, ConsoleError> {
    let (told, mut written) = channel::<Written>(4);
    let mut pen = Pen::start(told)?;
    let (to_keys, mut keys) = channel::<Input>(KEYS);
    listen(to_keys, model.screen.size)?;
    let (to, mut messages) = channel::<Msg>(QUEUE);
    let clock = Arc::clone(&options.clock);
    let mut desk = Desk { model, canvas, hands: Hands::start(options, to), clock };
    let mut signals = Signals::new()?;
    let mut ticked = Instant::now();
    let end = loop {
        let due = if pen.is_busy() { None } else { desk.canvas.due(Instant::now()) };
        let next_tick = ticked + desk.between_ticks();
        tokio::select! {
            biased;
            Some(()) = panics.recv() => break End::Panicked,
            number = signals.next() => break End::Signal(number),
            Some(input) = keys.recv() => {
                if !desk.take_keys(input, &mut keys) {
                    break End::Hangup;
                }
                desk.canvas.show(desk.model, &mut pen)?;
            }
            Some(word) = written.recv() => match word {
                Written::Done => pen.done(),
                Written::Gone => break End::Hangup,
            },
            Some(msg) = messages.recv() => desk.take_messages(msg, &mut messages),
            () = wait(due.unwrap_or(CALM)), if due.is_some() => {
                desk.canvas.show(desk.model, &mut pen)?;
            }
            () = tokio::time::sleep_until(next_tick.into()) => {
                ticked = Instant::now();
                desk.tick();
            }
        }
        if let Some(theme) = desk.hands.new_theme() {
            desk.canvas.set_theme(theme);
        }
        if desk.hands.has_left() {
            break End::Left;
        }
    };
    // Appending never waits for the disk; leaving does, for a while.
    desk.hands.close(LEAVING);
    outcome(&end)
}

/// Waits; not at all where there is nothing to wait for, for even the shortest sleep wakes the timers' thread and this one.
async fn wait(span: Duration) {
    if !span.is_zero() {
        tokio::time::sleep(span).await;
    }
}

/// Entries of others that came in several pieces become one: each by itself may fold the log anew. Answers what does not fit.
fn join(held: &mut Msg, next: Msg) -> Option<Msg> {
    match (held, next) {
        (Msg::Journal(JournalMsg::Others(all)), Msg::Journal(JournalMsg::Others(more))) => {
            all.extend(more);
            None
        }
        (_, next) => Some(next),
    }
}

/// The process's exit code.
fn outcome(end: &End) -> Result<u8, ConsoleError> {
    match end {
        End::Left => Ok(0),
        End::Signal(number) => Ok(128u8.saturating_add(*number)),
        End::Hangup => Ok(129),
        End::Panicked => Err(ConsoleError::Panicked),
    }
}

/// What the loop works on.
struct Desk<'a> {
    model: &'a mut Model,
    canvas: &'a mut Canvas,
    hands: Hands,
    clock: Arc<dyn Clock>,
}

impl Desk<'_> {
    /// A clock runs on the screen in an incident; else only silence must be noticed. A drill's clock ticks by itself.
    fn between_ticks(&self) -> Duration {
        if self.model.is_in_incident() { BUSY } else { CALM }
    }

    fn tick(&mut self) {
        if self.model.drill.is_none() {
            self.step(Msg::Tick(self.clock.now()));
        }
        self.canvas.touch();
    }

    /// One message through the brain, and what it wants done.
    fn step(&mut self, msg: Msg) {
        for effect in update(self.model, msg) {
            for answer in self.hands.perform(effect) {
                self.step(answer);
            }
        }
    }

    fn take_messages(&mut self, first: Msg, more: &mut Receiver<Msg>) {
        let mut held = first;
        for _ in 0..BATCH {
            let Ok(msg) = more.try_recv() else { break };
            if let Some(other) = join(&mut held, msg) {
                self.step(std::mem::replace(&mut held, other));
            }
        }
        self.step(held);
        self.canvas.touch();
    }

    /// What the terminal says, with all that was typed meanwhile before the next frame; `false` when it is gone.
    /// Keys that were typed before a question appeared are no answer to it.
    fn take_keys(&mut self, first: Input, more: &mut Receiver<Input>) -> bool {
        let mut next = Some(first);
        let mut deaf = false;
        for _ in 0..BATCH {
            let Some(input) = next else { break };
            let asked = self.asks();
            let unheard = deaf && matches!(input, Input::Key(_) | Input::Paste(_));
            if !unheard && !self.take_input(input) {
                return false;
            }
            deaf |= !asked && self.asks();
            next = more.try_recv().ok();
        }
        true
    }

    fn take_input(&mut self, input: Input) -> bool {
        let msg = match input {
            Input::Key(key) => Msg::Key(key),
            Input::Paste(text) => Msg::Paste(text),
            Input::Resized(width, height) => {
                self.canvas.resize((width, height));
                Msg::Resized(width, height)
            }
            Input::Gone => return false,
        };
        if self.model.drill.is_none() {
            self.model.now = self.clock.now();
        }
        self.step(msg);
        self.canvas.touch();
        true
    }

    /// Whether a question stands on the screen.
    fn asks(&self) -> bool {
        matches!(self.model.screen.top(), Some(Layer::Confirm(_)))
    }
}

/// The signals that end a console.
struct Signals {
    term: tokio::signal::unix::Signal,
    hup: tokio::signal::unix::Signal,
    int: tokio::signal::unix::Signal,
    quit: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            hup: signal(SignalKind::hangup())?,
            int: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
        })
    }

    /// The number of the next one.
    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.term.recv() => 15,
            _ = self.hup.recv() => 1,
            _ = self.int.recv() => 2,
            _ = self.quit.recv() => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::join;
    use crate::app::msg::{JournalMsg, Msg};
    use crate::domain::entry::{Disclosure, Entry, Rare, Seal, Source};
    use crate::domain::event::NoteAdded;
    use crate::domain::id::{PersonId, WriterId};
    use crate::domain::time::At;

    fn others(seqs: &[u64]) -> Msg {
        let entry = |seq: &u64| Entry {
            seq: *seq,
            at: At::from_secs(0),
            writer: WriterId::new("bob@val3"),
            actor: PersonId::new("bob"),
            source: Source::Human,
            disclosure: Disclosure::Operators,
            drill: false,
            event: NoteAdded { text: "x".to_owned() }.into(),
            seal: Seal::Unsigned,
            rare: Rare::default().into(),
        };
        Msg::Journal(JournalMsg::Others(seqs.iter().map(entry).collect()))
    }

    fn seqs(msg: &Msg) -> Vec<u64> {
        let Msg::Journal(JournalMsg::Others(entries)) = msg else { panic!("{msg:?}") };
        entries.iter().map(|e| e.seq).collect()
    }

    #[test]
    fn entries_of_others_are_joined_whole_and_in_order() {
        let mut held = others(&[1, 2]);
        assert!(join(&mut held, others(&[3])).is_none());
        assert!(join(&mut held, others(&[])).is_none());
        assert!(join(&mut held, others(&[4, 5])).is_none());
        assert_eq!(seqs(&held), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn nothing_else_is_joined() {
        let mut held = others(&[1]);
        assert!(matches!(join(&mut held, Msg::Resized(1, 1)), Some(Msg::Resized(1, 1))));
        assert_eq!(seqs(&held), [1]);
        let other = join(&mut Msg::Resized(1, 1), others(&[2]));
        assert_eq!(other.as_ref().map(seqs), Some(vec![2]));
    }
}
