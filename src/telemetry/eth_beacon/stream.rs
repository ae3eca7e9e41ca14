//! Keeps a stream of events open beside the polls, as long as the node serves one. Without it everything is polled.
//! Must not know what events mean.

use std::time::{Duration, Instant};

use reqwest::RequestBuilder;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::events::{Event, Events};
use crate::domain::observation::Fact;

/// Topics, each by itself: old releases of lodestar answer nothing at all to a list parted by commas.
pub(super) const ROUTE: &str = "/eth/v1/events?topics=block&topics=chain_reorg&topics=finalized_checkpoint";

/// Events that wait for the next round; more are dropped, and the polls see their effects anyway.
const WAITING: usize = 256;

/// A stream that is silent for so long is given up: at least a block comes in this time on a chain that is well.
const SILENT: Duration = Duration::from_secs(120);

/// Before a stream that ended is opened again.
const AGAIN: Duration = Duration::from_secs(60);

/// An event and when it came.
pub(super) type Came = (Instant, Event);

/// The stream, or the wait for the next one.
#[derive(Debug, Default)]
pub(super) struct Stream {
    from: Option<Receiver<Came>>,
    task: Option<tokio::task::JoinHandle<String>>,
    ended: Option<(Instant, String)>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Stream {
    /// Takes what came; opens the stream when there is none and it is time to.
    pub async fn tend(&mut self, request: impl FnOnce() -> Option<RequestBuilder>) -> Vec<Came> {
        let mut came = Vec::new();
        while let Some(event) = self.from.as_mut().and_then(|from| from.try_recv().ok()) {
            came.push(event);
        }
        if self.task.as_ref().is_some_and(tokio::task::JoinHandle::is_finished)
            && let Some(task) = self.task.take()
        {
            let why = task.await.unwrap_or_else(|_| "it was broken off".to_owned());
            self.ended = Some((Instant::now(), why));
        }
        let due = self.ended.as_ref().is_none_or(|(at, _)| at.elapsed() > AGAIN);
        if self.task.is_none()
            && due
            && let Some(request) = request()
        {
            let (to, from) = channel(WAITING);
            self.from = Some(from);
            self.task = Some(tokio::spawn(listen(request, to)));
        }
        came
    }

    /// Whether events come, or why not.
    pub fn fact(&self) -> Option<Fact> {
        match (&self.task, &self.ended) {
            (Some(_), _) => Some(Fact::new("events", "a stream of them is open")),
            (None, Some((_, why))) => Some(Fact::new("events", &format!("{why}; everything is polled"))),
            (None, None) => None,
        }
    }
}

/// Reads until it ends; why it did, in words.
async fn listen(request: RequestBuilder, to: Sender<Came>) -> String {
    let opened = tokio::time::timeout(SILENT, request.send()).await;
    let Ok(Ok(mut reply)) = opened else { return "the stream cannot be opened".to_owned() };
    if !reply.status().is_success() {
        return format!("the node refuses the stream with HTTP {}", reply.status().as_u16());
    }
    let mut events = Events::default();
    loop {
        match tokio::time::timeout(SILENT, reply.chunk()).await {
            Ok(Ok(Some(piece))) => {
                let now = Instant::now();
                // What does not fit is dropped, as said above.
                for event in events.push(&piece) {
                    if to.try_send((now, event)).is_err() {
                        break;
                    }
                }
            }
            Ok(Ok(None)) => return "the node ended the stream".to_owned(),
            Ok(Err(_)) => return "the stream broke".to_owned(),
            Err(_) => return "the stream fell silent".to_owned(),
        }
    }
}
