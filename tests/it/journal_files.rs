//! The files beside the log: samples, outputs, the folders of incidents.

use std::fs;

use tempfile::tempdir;
use warroom::domain::id::NodeId;
use warroom::domain::observation::Sample;
use warroom::domain::signal::SignalId;
use warroom::domain::time::At;
use warroom::journal::{
    FolderError, OUTPUT_MAX, OutputError, SAMPLES_KEPT, SampleFile, create_incident, incident_folder, list_incidents,
    load_output, read_samples, slug, store_output,
};

fn sample(second: i64, value: f64) -> Sample {
    Sample { at: At::from_secs(second), node: NodeId::new("val-1"), signal: SignalId::FINALITY_LAG, value }
}

#[test]
fn samples_come_back_in_order_and_a_torn_line_costs_only_itself() {
    let dir = tempdir().unwrap();
    let mut file = SampleFile::open(dir.path(), &"alice@bastion".into()).unwrap();
    file.append(&[sample(2, 2.5), sample(1, 1.0), sample(3, f64::NAN)]).unwrap();
    file.sync().unwrap();
    drop(file);
    let path = dir.path().join("samples/alice@bastion.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        text.starts_with(
            "{\"at\":\"1970-01-01T00:00:02Z\",\"node\":\"val-1\",\"signal\":\"chain.finality_lag\",\"value\":2.5}\n"
        ),
        "{text}"
    );
    fs::write(&path, format!("{text}{{\"at\":\"1970")).unwrap();
    let mut file = SampleFile::open(dir.path(), &"alice@bastion".into()).unwrap();
    file.append(&[sample(4, 4.0)]).unwrap();
    let mut other = SampleFile::open(dir.path(), &"bob@bastion".into()).unwrap();
    other.append(&[sample(3, 3.0), sample(4, 4.0)]).unwrap();
    let read = read_samples(dir.path(), At::from_secs(0), At::from_secs(9)).unwrap();
    assert_eq!(read.samples, [sample(1, 1.0), sample(2, 2.5), sample(3, 3.0), sample(4, 4.0)]);
    assert_eq!(read.left_out, 1);
    let read = read_samples(dir.path(), At::from_secs(2), At::from_secs(3)).unwrap();
    assert_eq!(read.samples.len(), 2);
    assert_eq!(read_samples(&dir.path().join("none"), At::from_secs(0), At::from_secs(9)).unwrap().samples, []);
}

#[test]
fn sample_files_rotate_and_stay_bounded() {
    let dir = tempdir().unwrap();
    let mut file = SampleFile::open_rotating_at(dir.path(), &"a@b".into(), 1_000).unwrap();
    for second in 0..500 {
        file.append(&[sample(second, 1.0)]).unwrap();
    }
    let files: Vec<_> = fs::read_dir(dir.path().join("samples")).unwrap().map(|f| f.unwrap()).collect();
    assert_eq!(files.len() as u32, SAMPLES_KEPT + 1);
    assert!(files.iter().all(|f| f.metadata().unwrap().len() <= 1_000));
    let read = read_samples(dir.path(), At::from_secs(0), At::from_secs(999)).unwrap().samples;
    let seconds: Vec<_> = read.iter().map(|s| s.at.secs()).collect();
    assert!(
        seconds.len() > 50 && seconds.windows(2).all(|w| w[0] + 1 == w[1]) && seconds.last() == Some(&499),
        "the newest are kept"
    );
}

#[test]
fn outputs_are_kept_by_their_hash_and_checked_on_reading() {
    let dir = tempdir().unwrap();
    let hash = store_output(dir.path(), b"hello\n").unwrap().to_string();
    assert_eq!(hash, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
    assert_eq!(store_output(dir.path(), b"hello\n").unwrap().to_string(), hash, "twice is once");
    assert_eq!(load_output(dir.path(), &hash).unwrap(), b"hello\n");
    assert_eq!(fs::read_dir(dir.path().join("outputs")).unwrap().count(), 1, "nothing half written is left");
    fs::write(dir.path().join("outputs").join(&hash), b"hullo\n").unwrap();
    assert!(matches!(load_output(dir.path(), &hash), Err(OutputError::Changed(_))));
    store_output(dir.path(), b"hello\n").unwrap();
    assert_eq!(load_output(dir.path(), &hash).unwrap(), b"hello\n", "storing it again mends it");
    assert!(matches!(load_output(dir.path(), "../log/alice@bastion.jsonl"), Err(OutputError::NotAHash(_))));
    assert!(matches!(store_output(dir.path(), &vec![0; OUTPUT_MAX + 1]), Err(OutputError::TooLarge(_))));
    assert!(matches!(load_output(dir.path(), &"0".repeat(64)), Err(OutputError::Io { .. })));
}

#[test]
fn incidents_get_a_date_a_slug_and_a_suffix_when_taken() {
    let dir = tempdir().unwrap();
    let incidents = dir.path().join("incidents");
    let day = At::parse("2026-11-21T23:59:59Z").unwrap();
    assert!(list_incidents(&incidents).unwrap().is_empty());
    let ids: Vec<_> = (0..3).map(|_| create_incident(&incidents, day, "Finality stall!").unwrap()).collect();
    assert_eq!(
        ids.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
        ["2026-11-21-finality-stall", "2026-11-21-finality-stall-2", "2026-11-21-finality-stall-3"]
    );
    assert!(list_incidents(&incidents).unwrap().is_empty(), "without a log there is no incident");
    fs::create_dir(incidents.join("2026-11-21-finality-stall/log")).unwrap();
    fs::write(incidents.join("stray.txt"), "").unwrap();
    assert_eq!(list_incidents(&incidents).unwrap(), [ids[0].clone()]);
    for bad in ["", "../x", "a/b", ".hidden", "a b", &"x".repeat(101)] {
        assert!(matches!(incident_folder(&incidents, bad), Err(FolderError::NotAnId(_))), "{bad}");
    }
}

#[test]
fn slugs_are_short_ascii() {
    for (title, expected) in [
        ("Finality stall", "finality-stall"),
        ("  SEV-1: 40% of validators offline -- now ", "sev-1-40-of-validators-offline-now"),
        ("Größe", "gr-e"),
        ("終局性", "incident"),
        ("", "incident"),
        ("../../etc/passwd", "etc-passwd"),
        ("one two three four five six seven eight nine ten", "one-two-three-four-five-six-seven-eight"),
    ] {
        assert_eq!(slug(title), expected, "{title}");
    }
    assert_eq!(slug(&"x".repeat(99)).len(), warroom::journal::SLUG_MAX);
}
