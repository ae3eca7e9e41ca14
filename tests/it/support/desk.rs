//! A console without a terminal: messages and keys go through the real `update`, and what it wants recorded comes back
//! from a journal that never fails, at the desk's own time.

use warroom::app::effect::Effect;
use warroom::app::keymap::Key;
use warroom::app::model::{Me, Model};
use warroom::app::msg::{Durability, JournalMsg, Msg, WorldMsg};
use warroom::app::update;
use warroom::app::view::scene::Scene;
use warroom::domain::entry::{Entry, NewEntry, Rare, Seal};
use warroom::domain::id::WriterId;
use warroom::domain::observation::{Answer, ChainTiming, Failure, Observation, Reading, Tip};
use warroom::domain::signal::SignalId;
use warroom::domain::time::{At, Span};
use warroom::domain::watch::NodeSpec;

/// One person at one console.
pub struct Desk {
    pub model: Model,
    pub left: bool,
    pub effects: Vec<Effect>,
    seq: u64,
    /// The journal answers nothing: what is appended never comes back.
    pub deaf: bool,
}

impl Desk {
    pub fn new(person: &str, size: (u16, u16)) -> Self {
        let me = Me { person: person.into(), host: "bastion".into(), user: person.into(), home: "/srv/warroom".into() };
        let now = At::parse("2026-11-21T02:43:00Z").unwrap();
        Self { model: Model::new(me, now, size, "dark"), left: false, effects: Vec::new(), seq: 0, deaf: false }
    }

    pub fn send(&mut self, msg: Msg) {
        for effect in update(&mut self.model, msg) {
            match effect.clone() {
                Effect::Append(_) if self.deaf => {}
                Effect::Append(entries) => self.record(entries),
                Effect::Declare { entries, .. } => {
                    let id = "2026-11-21-test".into();
                    self.send(Msg::Journal(JournalMsg::Opened {
                        id,
                        writer: self.writer(),
                        entries: Vec::new(),
                        anchor: None,
                        faults: Vec::new(),
                    }));
                    self.record(entries);
                }
                Effect::Pin(book) => self.send(Msg::World(WorldMsg::Pinned(book))),
                Effect::Leave => self.left = true,
                _ => {}
            }
            self.effects.push(effect);
        }
    }

    fn writer(&self) -> WriterId {
        WriterId::from(format!("{}@bastion", self.model.me.person))
    }

    fn record(&mut self, entries: Vec<NewEntry>) {
        let entries: Vec<Entry> = entries.into_iter().map(|e| self.entry(e)).collect();
        self.send(Msg::Journal(JournalMsg::Appended(entries, Durability::Synced)));
    }

    fn entry(&mut self, e: NewEntry) -> Entry {
        let writer = self.writer();
        self.place(e, writer)
    }

    fn place(&mut self, e: NewEntry, writer: WriterId) -> Entry {
        self.seq += 1;
        let at = self.model.now.plus(Span::from_micros(i64::try_from(self.seq).unwrap()));
        Entry {
            seq: self.seq,
            at,
            writer,
            actor: e.actor,
            source: e.source,
            disclosure: e.disclosure,
            drill: false,
            event: e.event,
            seal: Seal::Unsigned,
            rare: Rare { happened: e.happened, amends: e.amends, ..Rare::default() }.into(),
        }
    }

    /// An entry of somebody else's console.
    pub fn others(&mut self, writer: &str, e: NewEntry) {
        let entry = self.place(e, writer.into());
        self.send(Msg::Journal(JournalMsg::Others(vec![entry])));
    }

    /// The same, from a host whose clock stands so far behind.
    pub fn others_behind(&mut self, writer: &str, e: NewEntry, behind: Span) {
        let mut entry = self.place(e, writer.into());
        entry.rare.clock = Some(At::from_micros(entry.at.micros() - behind.micros()));
        self.send(Msg::Journal(JournalMsg::Others(vec![entry])));
    }

    /// Keys as typed; `\n` is enter, `\t` tab.
    pub fn type_keys(&mut self, keys: &str) {
        for c in keys.chars() {
            let key = match c {
                '\n' => Key::Enter,
                '\t' => Key::Tab,
                c => Key::Char(c),
            };
            self.press(key);
        }
    }

    pub fn press(&mut self, key: Key) {
        self.send(Msg::Key(key));
    }

    /// Time passes, a second at a time at most as far as verdicts need it.
    pub fn wait(&mut self, seconds: i64) {
        self.send(Msg::Tick(self.model.now.plus(Span::from_secs(seconds))));
    }

    pub fn watch(&mut self, specs: Vec<NodeSpec>, found: &[&str]) {
        let found = found.iter().map(|f| (*f).to_owned()).collect();
        self.send(Msg::World(WorldMsg::Watching { specs, found, limits: Box::default(), memory: None }));
    }

    /// A beacon node's answer: slot, finality lag in epochs, peers.
    pub fn beacon(&mut self, node: &str, slot: u64, lag: f64, peers: f64) {
        #[expect(clippy::cast_precision_loss, reason = "slots of a test are small")]
        let height = slot as f64;
        let source = "finality_checkpoints of head";
        let answer = Answer {
            readings: vec![
                Reading::number(SignalId::HEIGHT, height, source),
                Reading::number(SignalId::HEAD_AGE, 3.0, source),
                Reading::number(SignalId::FINALITY_LAG, lag, source),
                Reading::number(SignalId::FINALIZED_EPOCH, (height / 32.0).floor() - lag, source),
                Reading::number(SignalId::PEERS, peers, source),
            ],
            tip: Some(Tip { height: slot, hash: format!("0x{slot:x}").as_str().into(), parent: None }),
            timing: Some(ChainTiming { block_s: 12.0, slots_per_epoch: Some(32), from_protocol: true }),
            ..Answer::default()
        };
        self.observed(node, Ok(answer));
    }

    pub fn host(&mut self) {
        let number = |name: &str, n: f64| Reading::number(SignalId::find(name).unwrap(), n, "test");
        let readings = vec![
            number("host.cpu_pct", 12.0),
            number("host.mem_used_pct", 41.0),
            number("host.disk_free_pct", 62.0),
            number("host.load_1m", 0.31),
        ];
        self.observed("host", Ok(Answer { readings, ..Answer::default() }));
    }

    pub fn observed(&mut self, node: &str, outcome: Result<Answer, Failure>) {
        self.send(Msg::Observed(Observation { node: node.into(), at: self.model.now, outcome }));
    }

    pub fn scene(&self) -> Scene {
        Scene::of(&self.model)
    }
}
