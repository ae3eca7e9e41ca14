//! What several tests share.

pub mod attacks;
pub mod chance;
pub mod console;
pub mod desk;
pub mod etcd;
pub mod fake_etcd;
pub mod faulty;
pub mod journal;
pub mod live;
pub mod mutate;
pub mod netns;
pub mod own_keys;
pub mod pair;
pub mod power;
pub mod pty;
pub mod readers;
pub mod recorded;
pub mod replies;
pub mod runner;
pub mod rust_text;
pub mod sgr;
pub mod signed;
pub mod signer;
pub mod sim;
pub mod trusting;
pub mod vantage;
pub mod warroom;
pub mod watch;

pub mod log;
