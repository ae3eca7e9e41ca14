//! The loop. Everything that happens comes in here, one after the other; keys before anything else.

use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{Receiver, channel};

use crate::app::layer::Layer;
use crate::app::model::Model;
use crate::app::msg::Msg;
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
    listen(to_keys)?;
    let (to, mut messages) = channel::<Msg>(QUEUE);
    let clock = std::sync::Arc::clone(&options.clock);
    let mut hands = Hands::start(options, to);
    let mut signals = Signals::new()?;
    let mut tick = tokio::time::interval(BUSY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut last_tick = Instant::now();
    let end = loop {
        let due = if pen.is_busy() { None } else { canvas.due(Instant::now()) };
        tokio::select! {
            biased;
            Some(()) = panics.recv() => break End::Panicked,
            number = signals.next() => break End::Signal(number),
            Some(input) = keys.recv() => {
                let asked = asks(model);
                if !take_input(input, model, canvas, &mut hands, clock.as_ref()) {
                    break End::Hangup;
                }
                if asks(model) && !asked && !forget_typed(&mut keys).into_iter().all(|rest| {
                    take_input(rest, model, canvas, &mut hands, clock.as_ref())
                }) {
                    break End::Hangup;
                }
                canvas.show(model, &mut pen)?;
            }
            Some(word) = written.recv() => match word {
                Written::Done => pen.done(),
                Written::Gone => break End::Hangup,
            },
            Some(msg) = messages.recv() => {
                step(model, msg, &mut hands);
                for _ in 0..BATCH {
                    let Ok(msg) = messages.try_recv() else { break };
                    step(model, msg, &mut hands);
                }
                canvas.touch();
            }
            () = tokio::time::sleep(due.unwrap_or(CALM)), if due.is_some() => canvas.show(model, &mut pen)?,
            _ = tick.tick() => {
                let calm = !model.is_in_incident() && model.drill.is_none();
                if !calm || last_tick.elapsed() >= CALM {
                    last_tick = Instant::now();
                    if model.drill.is_none() {
                        step(model, Msg::Tick(clock.now()), &mut hands);
                    }
                    canvas.touch();
                }
            }
        }
        if let Some(theme) = hands.new_theme() {
            canvas.set_theme(theme);
        }
        if hands.has_left() {
            break End::Left;
        }
    };
    // Appending never waits for the disk; leaving does, for a while.
    hands.close(LEAVING);
    match end {
        End::Left => Ok(0),
        End::Signal(number) => Ok(128u8.saturating_add(number)),
        End::Hangup => Ok(129),
        End::Panicked => Err(ConsoleError::Panicked),
    }
}

/// Whether a question stands on the screen.
fn asks(model: &Model) -> bool {
    matches!(model.screen.top(), Some(Layer::Confirm(_)))
}

/// Keys that were typed before a question appeared are no answer to it; what else has come still counts.
fn forget_typed(keys: &mut Receiver<Input>) -> Vec<Input> {
    let waiting = std::iter::from_fn(|| keys.try_recv().ok());
    waiting.filter(|input| !matches!(input, Input::Key(_) | Input::Paste(_))).collect()
}

/// One message through the brain, and what it wants done.
fn step(model: &mut Model, msg: Msg, hands: &mut Hands) {
    for effect in update(model, msg) {
        for answer in hands.perform(effect) {
            step(model, answer, hands);
        }
    }
}

/// What the terminal says; `false` when it is gone.
fn take_input(input: Input, model: &mut Model, canvas: &mut Canvas, hands: &mut Hands, clock: &dyn Clock) -> bool {
    let msg = match input {
        Input::Key(key) => Msg::Key(key),
        Input::Paste(text) => Msg::Paste(text),
        Input::Resized(width, height) => {
            canvas.resize((width, height));
            Msg::Resized(width, height)
        }
        Input::Gone => return false,
    };
    if model.drill.is_none() {
        model.now = clock.now();
    }
    step(model, msg, hands);
    canvas.touch();
    true
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
