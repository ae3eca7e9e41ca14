//! The desk's thread: one thing after the other, so that two touches are never asked for at once. It may wait for people.

use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use crate::config::load_config;
use crate::config::load_roster;
use crate::domain::entry::NewEntry;
use crate::domain::event::CheckpointSigned;
use crate::domain::event::Event;
use crate::domain::event::RunEvent;
use crate::domain::id::IncidentId;
use crate::domain::roster::Signatures;
use crate::domain::statement::Checkpoint;
use crate::domain::time::Span;
use crate::keys::Session;
use crate::keys::own;
use crate::keys::own::OwnKey;
use crate::runtime::signing::desk::case::Case;
use crate::runtime::signing::desk::front::Own;
use crate::runtime::signing::desk::front::Room;
use crate::runtime::signing::desk::front::Told;
use crate::runtime::signing::desk::front::is_to_be_signed;
use crate::runtime::signing::desk::orders::Occasion;
use crate::runtime::signing::desk::orders::Order;
use crate::runtime::signing::sessions::is_ending;
use crate::runtime::signing::vouch::TOUCH_LIMIT;
use crate::runtime::signing::vouch::Word;
use crate::runtime::signing::vouch::accept;
use crate::runtime::signing::vouch::ask;
use crate::runtime::signing::vouch::too_easy;

/// How often it looks whether something is due: a session near its end, a checkpoint, a key that was missing.
const ROUTINE: Duration = Duration::from_secs(20);

/// Between two checkpoints while something is written.
const CHECKPOINT_EVERY: Span = Span::from_mins(5);

/// How long a checkpoint that should ask nobody may take.
const QUIET_LIMIT: Duration = Duration::from_secs(5);

/// Most heads that one checkpoint states, so that it fits into a line. Chains beyond it are left to the next writer's checkpoint.
const HEADS_MAX: usize = 300;

/// Works until the console lets go of the desk.
pub(super) fn run(room: &Room, orders: &Receiver<Order>) {
    loop {
        match orders.recv_timeout(ROUTINE) {
            Ok(Order::Begin) => begin(room),
            Ok(Order::Vouch(wanted)) => vouch(room, wanted),
            Ok(Order::Approve(incident, entries)) => approve(room, &incident, entries),
            Ok(Order::Checkpoint(occasion)) => checkpoint(room, occasion),
            Ok(Order::Leave(done)) => {
                checkpoint(room, Occasion::Detach);
                // The console may have left already.
                let _ = done.try_send(());
            }
            Err(RecvTimeoutError::Timeout) => routine(room),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Looks for the own key, as the files and the environment say now.
fn look(room: &Room) -> (Result<OwnKey, String>, Signatures) {
    let paths = &room.wanted.paths;
    let roster = load_roster(&paths.roster()).value;
    if roster.signatures == Signatures::Off {
        return (Err("the roster says signatures = \"off\"".to_owned()), Signatures::Off);
    }
    let config = load_config(&paths.config()).value;
    let places = room.wanted.keys.places(config.key.as_ref(), &roster, &room.wanted.person, false);
    let own = match places {
        Ok(places) => own::find(&places).map_err(|why| why.to_string()),
        Err(why) => Err(format!("WARROOM_KEY: {why}")),
    };
    (own, roster.signatures)
}

fn begin(room: &Room) {
    let (own, rule) = look(room);
    let at_hand = at_hand(room);
    let mut state = room.state();
    state.rule = rule;
    state.own = own.map_or_else(Own::Missing, |own| Own::Found(Box::new(own)));
    room.begin(&mut state, at_hand);
    drop(state);
    room.tell_status();
    vouch(room, false);
}

/// The session kept for the open incident, read while nothing is locked.
fn at_hand(room: &Room) -> Result<Option<Session>, String> {
    let incident = room.state().case.as_ref().map(|c| c.incident.clone());
    incident.map_or(Ok(None), |incident| room.at_hand(&incident))
}

/// Has the own key vouch for the session, and tells our chain. Who said no is asked again only when they want to be.
fn vouch(room: &Room, wanted: bool) {
    if let Some((own, mut session)) = unvouched(room, wanted) {
        // Another console of ours may have been quicker; else verbs may sign with this one while somebody is waited for.
        let known = room.at_hand(&session.incident).ok().flatten().filter(|k| k.key.key() == session.key.key());
        let kept = match known.and_then(|k| k.voucher) {
            Some(voucher) => {
                session.voucher = Some(voucher);
                Ok(())
            }
            None => ask_for(room, &own, &mut session),
        };
        take_voucher(room, session, kept);
    }
    tell_chain(room);
    room.tell_status();
}

/// The session that wants a voucher, and the own key that could give it.
fn unvouched(room: &Room, wanted: bool) -> Option<(Box<OwnKey>, Session)> {
    let mut state = room.state();
    if wanted {
        state.failed = None;
    }
    let quiet = state.failed.is_some();
    let Own::Found(own) = &state.own else { return None };
    let session = state.case.as_ref().filter(|c| c.joined || wanted)?.session.as_ref()?;
    (session.voucher.is_none() && !quiet).then(|| (own.clone(), session.clone()))
}

fn ask_for(room: &Room, own: &OwnKey, session: &mut Session) -> Result<(), String> {
    room.sessions.keep(session).map_err(|why| why.to_string())?;
    let statement = session.delegation().text();
    let word = awaiting(room, own, "your session key", &statement, TOUCH_LIMIT);
    let word = word.map_err(|why| format!("{}: {why}", own.key().fingerprint()))?;
    accept(session, own, statement, word)?;
    room.sessions.keep(session).map_err(|why| why.to_string())
}

fn take_voucher(room: &Room, vouched: Session, kept: Result<(), String>) {
    let mut state = room.state();
    state.failed = kept.err();
    // Another incident may have been opened meanwhile.
    let session = state.case.as_mut().and_then(|c| c.session.as_mut());
    if let Some(session) = session.filter(|s| s.key.key() == vouched.key.key()) {
        *session = vouched;
    }
}

/// Our chain gets the delegation, once.
fn tell_chain(room: &Room) {
    let mut state = room.state();
    let Some(case) = state.case.as_mut().filter(|c| c.joined) else { return };
    if let (Some((statement, entry)), Some(journal)) = (case.delegation(), case.journal.upgrade())
        && journal.append(vec![entry]).is_ok()
    {
        case.told = Some(statement);
    }
}

/// Asks the own key, and shows that somebody is waited for.
fn awaiting(room: &Room, own: &OwnKey, subject: &str, statement: &str, limit: Duration) -> Result<Word, String> {
    let word = ask(own, statement, limit, |what| {
        room.state().awaited = Some(format!("for {subject}: {what}"));
        room.tell_status();
    });
    room.state().awaited = None;
    word
}

/// Signs the yes among these, then has all of them recorded in their order.
fn approve(room: &Room, incident: &IncidentId, mut entries: Vec<NewEntry>) {
    let own = match &room.state().own {
        Own::Found(own) => Some(own.clone()),
        _ => None,
    };
    let signed = own.ok_or_else(|| "your own key is not at hand any more".to_owned()).and_then(|own| {
        for entry in entries.iter_mut().filter(|e| is_to_be_signed(&e.event)) {
            let Event::Run(RunEvent::Approved(yes)) = &mut entry.event else { continue };
            let word = awaiting(room, &own, &format!("your yes to {}", yes.step), &yes.statement, TOUCH_LIMIT)?;
            if let Some(why) = too_easy(&own, &word) {
                return Err(why.to_owned());
            }
            yes.sig = word.signed.sig;
        }
        Ok(())
    });
    let recorded = signed.and_then(|()| {
        let mut state = room.state();
        let open = state.case.as_mut().filter(|case| case.incident == *incident);
        let open = open.and_then(|case| Some((case.journal.upgrade()?, case)));
        let (journal, case) = open.ok_or("the incident was left meanwhile")?;
        journal.append(entries).map_err(|why| why.to_string())?;
        (case.active, case.joined) = (true, true);
        Ok(())
    });
    if let Err(why) = recorded {
        (room.tell)(Told::Refused(format!("your yes was not signed: {why}")));
    }
    vouch(room, false);
}

/// States the head of every chain known. An own key that asks somebody is asked for the closing one only: each line that its
/// session signs names the heads it has seen anyway.
fn checkpoint(room: &Room, occasion: Occasion) {
    let (own, incident, text) = {
        let state = room.state();
        let (Own::Found(own), Some(case)) = (&state.own, &state.case) else { return };
        let Some(text) = statement(room, case, occasion) else { return };
        (own.clone(), case.incident.clone(), text)
    };
    let closing = occasion == Occasion::Close;
    let word = if closing {
        awaiting(room, &own, "the closing statement", &text, TOUCH_LIMIT)
    } else {
        ask(&own, &text, QUIET_LIMIT, |_| {})
    };
    let mut state = room.state();
    let now = room.wanted.clock.now();
    let Some(case) = state.case.as_mut().filter(|case| case.incident == incident) else { return };
    (case.checkpointed, case.active) = (now, false);
    if let Some(session) = case.session.as_mut()
        && word.as_ref().map_or(true, |w| w.asked)
    {
        // Nobody is troubled a second time.
        session.asks = true;
    }
    match word {
        Ok(word) => {
            let entry =
                NewEntry::human(&room.wanted.person, CheckpointSigned { statement: text, sig: word.signed.sig });
            if let Some(journal) = case.journal.upgrade() {
                // A full journal says so itself; the next checkpoint says more than this one.
                drop(journal.append(vec![entry]));
            }
        }
        Err(why) if closing => state.failed = Some(format!("the closing statement is not signed: {why}")),
        Err(_) => {}
    }
    drop(state);
    room.tell_status();
}

/// What is to be signed; nothing while nobody has vouched for the session, or when somebody would be asked without need.
fn statement(room: &Room, case: &Case, occasion: Occasion) -> Option<String> {
    let session = case.session.as_ref().filter(|s| s.voucher.is_some())?;
    if session.asks && occasion != Occasion::Close {
        return None;
    }
    if !case.active && occasion == Occasion::Detach {
        return None;
    }
    let heads: Vec<_> = case.journal.upgrade()?.heads();
    let stated = heads.into_iter().take(HEADS_MAX).map(|head| (head.writer, (head.seq, head.hash.to_string())));
    let checkpoint = Checkpoint {
        incident: case.incident.clone(),
        principal: room.wanted.person.clone(),
        occasion: occasion.as_str().to_owned(),
        heads: stated.collect(),
    };
    (!checkpoint.heads.is_empty()).then(|| checkpoint.text())
}

/// What is due without anybody's order.
fn routine(room: &Room) {
    let now = room.wanted.clock.now();
    let mut state = room.state();
    let missing = !matches!(state.own, Own::Found(_));
    let Some(case) = state.case.as_mut() else { return };
    let ending = case.session.as_ref().is_some_and(|s| is_ending(s, now));
    let due = case.active && now.since(case.checkpointed) >= CHECKPOINT_EVERY;
    let unsigned = case.session.is_none() && case.rule != Signatures::Off;
    if ending {
        state.failed = None;
    }
    drop(state);
    if ending || missing && unsigned {
        begin(room);
    }
    if due {
        checkpoint(room, Occasion::Activity);
    }
}
