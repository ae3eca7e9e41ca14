//! Work that may hang (an agent that asks, a key that waits for a finger) on a thread of its own, for a limited time.

use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

/// What `work` answers, or nothing after `limit`. Work that is late goes on by itself and is not listened to any more.
pub(super) fn within<T: Send + 'static>(limit: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (answer, answered) = sync_channel(1);
    let spawned = thread::Builder::new().name("own-key".to_owned()).spawn(move || {
        // Nobody listens any more when it is late.
        drop(answer.send(work()));
    });
    spawned.ok()?;
    answered.recv_timeout(limit).ok()
}
