//! The desk's front: what the console's hands call, from the loop. Nothing here waits for a person or a key.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::mpsc::SyncSender;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use crate::app::signing::LineSigning;
use crate::app::signing::Signing;
use crate::domain::entry::Entry;
use crate::domain::entry::NewEntry;
use crate::domain::event::Event;
use crate::domain::event::RunEvent;
use crate::domain::id::IncidentId;
use crate::domain::id::PersonId;
use crate::domain::roster::Signatures;
use crate::domain::time::Clock;
use crate::journal::Journal;
use crate::keys::Session;
use crate::keys::own::OwnKey;
use crate::runtime::paths::Paths;
use crate::runtime::signing::desk::case::Case;
use crate::runtime::signing::desk::case::closes;
use crate::runtime::signing::desk::case::rule_in;
use crate::runtime::signing::desk::case::rule_of;
use crate::runtime::signing::desk::orders::ORDERS_MAX;
use crate::runtime::signing::desk::orders::Occasion;
use crate::runtime::signing::desk::orders::Order;
use crate::runtime::signing::desk::worker;
use crate::runtime::signing::sessions::Sessions;
use crate::runtime::signing::sessions::is_ending;
use crate::runtime::signing::surroundings::KeySurroundings;

/// Whose desk it is.
pub struct Wanted {
    /// Where things live.
    pub paths: Paths,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who signs.
    pub person: PersonId,
    /// What the environment says of their own key.
    pub keys: KeySurroundings,
}

/// What the desk tells, from its own thread.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// How this console signs now.
    Status(Signing),
    /// Entries that were held for a signature were not recorded, and why.
    Refused(String),
}

/// What is known of the own key.
pub(super) enum Own {
    Looking,
    Found(Box<OwnKey>),
    Missing(String),
}

/// What front and thread share.
pub(super) struct State {
    pub own: Own,
    /// The rule of the roster's file, for logs that have none.
    pub rule: Signatures,
    pub case: Option<Case>,
    pub awaited: Option<String>,
    pub failed: Option<String>,
    /// How often its state was told.
    pub turn: u64,
}

pub(super) struct Room {
    pub wanted: Wanted,
    pub sessions: Sessions,
    pub tell: Box<dyn Fn(Told) + Send + Sync>,
    state: Mutex<State>,
}

/// The console's signing desk.
pub struct SigningDesk {
    room: Arc<Room>,
    orders: SyncSender<Order>,
}

impl SigningDesk {
    /// Begins to look for the own key. `tell` is called from a thread that may wait.
    ///
    /// # Errors
    /// No thread could be started.
    pub fn start(wanted: Wanted, tell: impl Fn(Told) + Send + Sync + 'static) -> std::io::Result<Self> {
        let (orders, taken) = sync_channel(ORDERS_MAX);
        let state =
            State { own: Own::Looking, rule: Signatures::default(), case: None, awaited: None, failed: None, turn: 0 };
        let sessions = Sessions::of(&wanted.paths);
        let room = Arc::new(Room { wanted, sessions, tell: Box::new(tell), state: Mutex::new(state) });
        let inner = Arc::clone(&room);
        thread::Builder::new().name("signing".to_owned()).spawn(move || worker::run(&inner, &taken))?;
        let desk = Self { room, orders };
        desk.order(Order::Begin);
        Ok(desk)
    }

    /// An incident was opened: its journal gets a signer at once where there is one, before anything is appended.
    pub fn attach(&self, incident: &IncidentId, journal: &Arc<Journal>, entries: &[Entry]) -> Signing {
        let now = self.room.wanted.clock.now();
        let at_hand = self.room.at_hand(incident);
        let mut state = self.room.state();
        state.case = Some(Case::new(incident.clone(), journal, state.rule, entries, now));
        (state.awaited, state.failed) = (None, None);
        self.room.begin(&mut state, at_hand);
        status(&mut state)
    }

    /// Records entries: approvals when the own key has signed them, everything else at once, signed as it gets its place.
    ///
    /// # Errors
    /// Why they are not recorded, in a sentence.
    pub fn record(&self, journal: &Journal, mut entries: Vec<NewEntry>) -> Result<(), String> {
        let mut state = self.room.state();
        let missing = match &state.own {
            Own::Missing(why) => Some(why.clone()),
            Own::Looking => Some("your key is still being looked for; try again in a moment".to_owned()),
            Own::Found(_) => None,
        };
        let failed = state.failed.clone();
        let Some(case) = state.case.as_mut() else {
            return journal.append(entries).map(drop).map_err(|why| why.to_string());
        };
        case.rule = entries.iter().rev().find_map(|e| rule_of(&e.event)).unwrap_or(case.rule);
        if case.rule == Signatures::Required && case.session.is_none() {
            let why = failed.or(missing).unwrap_or_default();
            return Err(format!("the roster requires signatures, and there is none: {why}"));
        }
        if case.rule != Signatures::Off && entries.iter().any(|e| is_to_be_signed(&e.event)) {
            return match missing {
                Some(why) => Err(format!("a yes counts only when your own key signs it: {why}")),
                None if self.order(Order::Approve(case.incident.clone(), entries)) => Ok(()),
                None => Err("too many signatures are awaited already".to_owned()),
            };
        }
        let (ends, joins) = (entries.iter().any(|e| closes(&e.event)), !case.joined);
        let told = case.delegation().map(|(statement, entry)| {
            entries.insert(0, entry);
            statement
        });
        journal.append(entries).map_err(|why| why.to_string())?;
        (case.active, case.joined) = (true, true);
        case.told = told.or(case.told.take());
        drop(state);
        if joins {
            self.order(Order::Vouch(false));
            self.order(Order::Checkpoint(Occasion::Attach));
        }
        if ends {
            self.order(Order::Checkpoint(Occasion::Close));
        }
        Ok(())
    }

    /// Others have written.
    pub fn hear(&self, entries: &[Entry]) {
        let mut state = self.room.state();
        if let Some(case) = state.case.as_mut() {
            case.rule = rule_in(entries).unwrap_or(case.rule);
            case.active = true;
        }
    }

    /// Our chain goes on under another name: the new one gets the delegation too.
    pub fn continued(&self) {
        if let Some(case) = self.room.state().case.as_mut() {
            case.told = None;
        }
        self.order(Order::Vouch(false));
    }

    /// Somebody wants to be asked again.
    pub fn again(&self) {
        self.order(Order::Begin);
        self.order(Order::Vouch(true));
    }

    /// The console lets the incident go: a last checkpoint, where it asks nobody and is done within `limit`.
    pub fn leave(&self, limit: Duration) {
        let (done, waiting) = sync_channel(1);
        if self.order(Order::Leave(done)) {
            // Done, late or gone: the console leaves either way.
            let _ = waiting.recv_timeout(limit);
        }
    }

    /// False when too many wait.
    fn order(&self, order: Order) -> bool {
        self.orders.try_send(order).is_ok()
    }
}

impl Room {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session that is kept for this incident. Reads a file: never call it while the state is locked.
    pub fn at_hand(&self, incident: &IncidentId) -> Result<Option<Session>, String> {
        let now = self.wanted.clock.now();
        self.sessions.current(incident, &self.wanted.person, now).map_err(|why| why.to_string())
    }

    /// Gives the open incident's journal its signer, where there is one: the session at hand, or a new one of the own key's.
    pub fn begin(&self, state: &mut State, at_hand: Result<Option<Session>, String>) {
        let found = matches!(state.own, Own::Found(_));
        let Some(case) = state.case.as_mut() else { return };
        let Some(journal) = case.journal.upgrade() else { return };
        let now = self.wanted.clock.now();
        if case.rule == Signatures::Off {
            journal.sign_with(None);
            case.session = None;
            return;
        }
        if case.session.as_ref().is_some_and(|s| !is_ending(s, now)) {
            return;
        }
        let person = &self.wanted.person;
        let at_hand = at_hand.map(|kept| kept.filter(|s| s.incident == case.incident));
        let session = match at_hand {
            Ok(None) if found => Sessions::draft(&case.incident, person, now).map(Some).map_err(|why| why.to_string()),
            other => other,
        };
        match session {
            Ok(Some(session)) => {
                journal.sign_with(Some(session.key.clone()));
                case.session = Some(session);
            }
            Ok(None) => {}
            Err(why) => state.failed = Some(why),
        }
    }

    /// Tells how it stands.
    pub fn tell_status(&self) {
        let status = status(&mut self.state());
        (self.tell)(Told::Status(status));
    }
}

/// An approval with a statement that nobody has signed yet.
pub(super) fn is_to_be_signed(event: &Event) -> bool {
    matches!(event, Event::Run(RunEvent::Approved(yes)) if !yes.statement.is_empty() && yes.sig.is_empty())
}

fn status(state: &mut State) -> Signing {
    state.turn += 1;
    let lines = match (&state.case, &state.own) {
        (None, _) => LineSigning::Nothing,
        (Some(case), _) if case.rule == Signatures::Off => LineSigning::Nothing,
        (Some(Case { session: Some(session), joined, .. }), own) => match (&session.voucher, own) {
            (None, Own::Found(own)) if !joined => LineSigning::Ready(own.key().fingerprint()),
            (by, _) => LineSigning::Signed { by: by.as_ref().map(|v| v.own.fingerprint()), until: session.expires },
        },
        (Some(_), Own::Looking) => LineSigning::Looking,
        (Some(_), Own::Missing(why)) => LineSigning::Unsigned(why.clone()),
        (Some(_), Own::Found(_)) => LineSigning::Unsigned("no session key could be made".to_owned()),
    };
    Signing { turn: state.turn, lines, awaited: state.awaited.clone(), failed: state.failed.clone() }
}
