//! Carries entries to and from other hosts while this console lives, when the configuration names a cluster; begins anew when that
//! changes. Nothing here waits for the cluster.

use tokio::sync::watch;
use tokio::time::{Duration, sleep};

use crate::app::msg::{Msg, WorldMsg};
use crate::config::load_config;
use crate::runtime::console::hands::Tools;
use crate::share::etcd::{Carrier, Carrying, Standing};

/// Between two looks at the configuration.
const LOOK: Duration = Duration::from_secs(5);

/// Carrying; it ends when this is dropped.
pub(super) struct ShareHand {
    task: tokio::task::JoinHandle<()>,
}

impl ShareHand {
    /// Begins; how it stands comes as messages.
    pub fn start(tools: &Tools) -> Self {
        Self { task: tokio::spawn(share(tools.clone())) }
    }
}

impl Drop for ShareHand {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn share(tools: Tools) {
    let mut before = None;
    let mut stamp = None;
    let mut carrier: Option<Carrier> = None;
    // Only the newest word counts: one that nobody took yet is overwritten.
    let (say, mut said) = watch::channel::<Option<Standing>>(None);
    loop {
        let file = tools.paths.config();
        let now = std::fs::metadata(&file).ok().and_then(|m| Some((m.modified().ok()?, m.len())));
        if stamp != Some(now) {
            stamp = Some(now);
            let read = tokio::task::spawn_blocking(move || load_config(&file)).await;
            let settings = read.ok().and_then(|config| config.value.share);
            if settings != before {
                // The old one lets go of its lock before the new one asks for it; a thread that hangs is left behind.
                let old = carrier.take();
                let _ = tokio::task::spawn_blocking(move || drop(old)).await;
                before.clone_from(&settings);
                say.send_replace(None);
                carrier = settings.and_then(|settings| begin(&tools, settings, say.clone()));
            }
        }
        tokio::select! {
            changed = said.changed() => if changed.is_err() { return },
            () = sleep(LOOK) => continue,
        }
        let standing = said.borrow_and_update().clone();
        // A console that has left no longer listens.
        drop(tools.to.send(Msg::World(WorldMsg::Sharing(standing))).await);
    }
}

fn begin(
    tools: &Tools,
    settings: crate::config::EtcdSettings,
    say: watch::Sender<Option<Standing>>,
) -> Option<Carrier> {
    let carrying = Carrying { settings, incidents: tools.paths.incidents(), state: tools.paths.state_dir.clone() };
    let started = Carrier::start(carrying, move |standing| {
        say.send_replace(Some(standing));
    });
    started
        .inspect_err(|why| {
            drop(tools.to.try_send(Tools::warn(format!("entries are not carried to other hosts: {why}"))))
        })
        .ok()
}
