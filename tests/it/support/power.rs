//! A disk whose power can be cut: files are real ones, and beside them stands what a real disk would have kept: synced bytes,
//! and names in synced folders. After a cut nothing works any more, and what was kept can be laid out as a new folder.
//! Must not know what a log is.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use warroom::journal::{Disk, RealDisk};

/// What a disk does that lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lie {
    #[default]
    None,
    /// Syncs of files do nothing.
    Files,
    /// Syncs of folders do nothing.
    Folders,
}

/// What is lost beyond what was synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Everything that was not synced.
    All,
    /// Each change that was not synced is kept or lost by chance, in any order; written pages may come back as zeros.
    Some,
}

/// A small generator of numbers that is the same everywhere.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n.max(1)
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

#[derive(Clone, Debug)]
enum Change {
    Write(u64, Vec<u8>),
    Cut(u64),
}

#[derive(Clone, Debug)]
enum Naming {
    File(OsString, u64),
    Folder(OsString),
    Gone(OsString),
}

#[derive(Default)]
struct Content {
    kept: Vec<u8>,
    unsynced: Vec<Change>,
}

/// The names in one folder: a file's number, or nothing for a folder.
#[derive(Default)]
struct Names {
    kept: BTreeMap<OsString, Option<u64>>,
    unsynced: Vec<Naming>,
}

#[derive(Default)]
struct Model {
    files: BTreeMap<u64, Content>,
    folders: BTreeMap<PathBuf, Names>,
    lie: Lie,
    /// Calls until the power goes.
    left: u64,
}

/// A handle; all of them are of one disk.
#[derive(Clone, Default)]
pub struct PowerDisk(Arc<Mutex<Model>>);

impl PowerDisk {
    /// Takes over everything below `root` as it stands: all of it is kept. The power goes after so many calls.
    pub fn on(root: &Path, lie: Lie, calls: u64) -> Self {
        let mut model = Model { lie, left: calls, ..Model::default() };
        take_over(&mut model, root);
        Self(Arc::new(Mutex::new(model)))
    }

    pub fn is_cut(&self) -> bool {
        self.0.lock().unwrap().left == 0
    }

    /// Cuts the power now and lays out below `to` what is left of what stood below `root`.
    pub fn after_the_cut(&self, root: &Path, to: &Path, loss: Loss, dice: &mut Dice) {
        let mut model = self.0.lock().unwrap();
        model.left = 0;
        lay_out(&mut model, root, to, loss, dice);
    }

    fn call<T>(&self, what: impl FnOnce(&mut Model) -> io::Result<T>) -> io::Result<T> {
        let mut model = self.0.lock().unwrap();
        model.left = model.left.saturating_sub(1);
        if model.left == 0 {
            return Err(io::Error::from_raw_os_error(5));
        }
        what(&mut model)
    }
}

fn take_over(model: &mut Model, folder: &Path) {
    let mut names = Names::default();
    for found in fs::read_dir(folder).unwrap().flatten() {
        let path = found.path();
        if path.is_dir() {
            take_over(model, &path);
            names.kept.insert(found.file_name(), None);
        } else {
            let number = fs::metadata(&path).unwrap().ino();
            model.files.insert(number, Content { kept: fs::read(&path).unwrap(), unsynced: Vec::new() });
            names.kept.insert(found.file_name(), Some(number));
        }
    }
    model.folders.insert(folder.to_owned(), names);
}

fn lay_out(model: &mut Model, from: &Path, to: &Path, loss: Loss, dice: &mut Dice) {
    fs::create_dir_all(to).unwrap();
    let Some(mut names) = model.folders.remove(from) else { return };
    for naming in names.unsynced {
        if loss == Loss::Some && dice.one_in(2) {
            take_naming(&mut names.kept, naming);
        }
    }
    for (name, file) in names.kept {
        let Some(number) = file else {
            lay_out(model, &from.join(&name), &to.join(&name), loss, dice);
            continue;
        };
        let content = model.files.get(&number).unwrap();
        let mut bytes = content.kept.clone();
        for change in &content.unsynced {
            if loss == Loss::Some && dice.one_in(2) {
                take_torn(&mut bytes, change, dice);
            }
        }
        fs::write(to.join(&name), bytes).unwrap();
    }
}

fn take_naming(names: &mut BTreeMap<OsString, Option<u64>>, naming: Naming) {
    match naming {
        Naming::File(name, number) => names.insert(name, Some(number)),
        Naming::Folder(name) => names.insert(name, None),
        Naming::Gone(name) => names.remove(&name),
    };
}

fn take_change(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Cut(to) => bytes.resize(usize::try_from(*to).unwrap(), 0),
        Change::Write(at, new) => {
            let at = usize::try_from(*at).unwrap();
            bytes.resize(bytes.len().max(at + new.len()), 0);
            bytes[at..at + new.len()].copy_from_slice(new);
        }
    }
}

/// A write that was not synced: some first part of it, and some of its end as zeros.
fn take_torn(bytes: &mut Vec<u8>, change: &Change, dice: &mut Dice) {
    let Change::Write(at, new) = change else { return take_change(bytes, change) };
    let mut part = new[..usize::try_from(dice.below(new.len() as u64 + 1)).unwrap()].to_vec();
    let zeros = usize::try_from(dice.below(part.len() as u64 + 1)).unwrap();
    if dice.one_in(3) {
        part[zeros..].fill(0);
    }
    take_change(bytes, &Change::Write(*at, part));
}

fn split(path: &Path) -> (PathBuf, OsString) {
    (path.parent().unwrap().to_owned(), path.file_name().unwrap().to_owned())
}

impl Disk for PowerDisk {
    fn write_at(&mut self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.call(|model| {
            RealDisk.write_at(file, bytes, offset)?;
            let content = model.files.entry(file.metadata()?.ino()).or_default();
            content.unsynced.push(Change::Write(offset, bytes.to_vec()));
            Ok(())
        })
    }

    fn sync(&mut self, file: &File) -> io::Result<()> {
        self.call(|model| {
            let lie = model.lie;
            let content = model.files.entry(file.metadata()?.ino()).or_default();
            if lie != Lie::Files {
                for change in std::mem::take(&mut content.unsynced) {
                    take_change(&mut content.kept, &change);
                }
            }
            Ok(())
        })
    }

    fn sync_folder(&mut self, folder: &Path) -> io::Result<()> {
        self.call(|model| {
            let lie = model.lie;
            let names = model.folders.entry(folder.to_owned()).or_default();
            if lie != Lie::Folders {
                for naming in std::mem::take(&mut names.unsynced) {
                    take_naming(&mut names.kept, naming);
                }
            }
            Ok(())
        })
    }

    fn make_folder(&mut self, folder: &Path) -> io::Result<()> {
        self.call(|model| {
            RealDisk.make_folder(folder)?;
            let (above, name) = split(folder);
            model.folders.entry(above).or_default().unsynced.push(Naming::Folder(name));
            model.folders.entry(folder.to_owned()).or_default();
            Ok(())
        })
    }

    fn create(&mut self, path: &Path) -> io::Result<File> {
        self.call(|model| {
            let file = RealDisk.create(path)?;
            let (above, name) = split(path);
            let number = file.metadata()?.ino();
            // A number may be used again once its file is gone.
            model.files.insert(number, Content::default());
            model.folders.entry(above).or_default().unsynced.push(Naming::File(name, number));
            Ok(file)
        })
    }

    fn open(&mut self, path: &Path) -> io::Result<File> {
        self.call(|_| RealDisk.open(path))
    }

    fn lock(&mut self, file: &File) -> Result<(), fs::TryLockError> {
        self.call(|_| Ok(())).map_err(fs::TryLockError::Error)?;
        RealDisk.lock(file)
    }

    fn cut(&mut self, file: &File, bytes: u64) -> io::Result<()> {
        self.call(|model| {
            RealDisk.cut(file, bytes)?;
            model.files.entry(file.metadata()?.ino()).or_default().unsynced.push(Change::Cut(bytes));
            Ok(())
        })
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.call(|model| {
            RealDisk.remove(path)?;
            let (above, name) = split(path);
            model.folders.entry(above).or_default().unsynced.push(Naming::Gone(name));
            Ok(())
        })
    }
}
