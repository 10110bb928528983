//! Log files, for where nothing else keeps what the program says (Windows, macOS): one a day, a further one when it is
//! full, the oldest taken away. What a line looks like is in `log`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::files;

/// So many files are kept, the one that is written among them.
const KEPT: usize = 31;
/// A file of so many bytes is full.
const FULL: u64 = 50_000_000;
const STEM: &str = "refund-sync-";
const END: &str = ".log";

/// The files of a folder, and the one that is written.
#[derive(Debug)]
pub(super) struct LogFiles {
    folder: PathBuf,
    current: Name,
    file: File,
    bytes: u64,
}

/// `refund-sync-2026-11-28.log`; when that is full, `refund-sync-2026-11-28.2.log`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    day: NaiveDate,
    part: u32,
}

impl LogFiles {
    /// Goes on with the day's last file. The folder is made if it is not there.
    pub(super) fn open(folder: &Path, day: NaiveDate) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let last = names(folder)?.into_iter().rfind(|name| name.day == day);
        let mut current = last.unwrap_or(Name { day, part: 1 });
        let (mut file, mut bytes) = opened(folder, current)?;
        if bytes >= FULL {
            current.part += 1;
            (file, bytes) = opened(folder, current)?;
        }
        let files = Self { folder: folder.to_owned(), current, file, bytes };
        files.tidy();
        Ok(files)
    }

    /// Writes one line, which was said on `day`.
    pub(super) fn write(&mut self, line: &[u8], day: NaiveDate) -> io::Result<()> {
        let next = match self.current {
            // A clock that was set back begins no old file anew.
            Name { day: current, .. } if current < day => Some(Name { day, part: 1 }),
            Name { day, part } if self.bytes >= FULL => Some(Name { day, part: part + 1 }),
            _ => None,
        };
        if let Some(next) = next {
            (self.file, self.bytes) = opened(&self.folder, next)?;
            self.current = next;
            self.tidy();
        }
        self.file.write_all(line)?;
        self.bytes += u64::try_from(line.len()).unwrap_or(FULL);
        Ok(())
    }

    /// Takes the oldest files away. One that stays because of somebody who reads it goes the next time.
    fn tidy(&self) {
        let names = names(&self.folder).unwrap_or_default();
        for name in names.iter().rev().skip(KEPT) {
            let _ = fs::remove_file(self.folder.join(name.text()));
        }
    }
}

impl Name {
    fn text(self) -> String {
        let Self { day, part } = self;
        if part == 1 { format!("{STEM}{day}{END}") } else { format!("{STEM}{day}.{part}{END}") }
    }

    /// `None`: somebody else's file.
    fn read(text: &str) -> Option<Self> {
        let name = text.strip_prefix(STEM)?.strip_suffix(END)?;
        let (day, part) = name.split_once('.').unwrap_or((name, "1"));
        let name = Self { day: day.parse().ok()?, part: part.parse().ok()? };
        (name.text() == text).then_some(name)
    }
}

/// Ours among the files of a folder, the oldest first.
fn names(folder: &Path) -> io::Result<Vec<Name>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.extend(entry?.file_name().to_str().and_then(Name::read));
    }
    names.sort_unstable();
    Ok(names)
}

fn opened(folder: &Path, name: Name) -> io::Result<(File, u64)> {
    let path = folder.join(name.text());
    let file = files::private(OpenOptions::new().append(true).create(true)).open(path)?;
    let bytes = file.metadata()?.len();
    Ok((file, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn listed(folder: &Path) -> Vec<String> {
        names(folder).unwrap().into_iter().map(Name::text).collect()
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(LogFiles::open(&file.join("logs"), day("2026-11-28")).is_err());
    }

    #[test]
    fn each_day_has_a_file_and_a_restart_goes_on_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        for line in ["a\n", "b\n"] {
            LogFiles::open(&logs, day("2026-11-28"))
                .unwrap()
                .write(line.as_bytes(), day("2026-11-28"))
                .unwrap();
        }
        LogFiles::open(&logs, day("2026-11-28")).unwrap().write(b"c\n", day("2026-11-29")).unwrap();
        assert_eq!(listed(&logs), ["refund-sync-2026-11-28.log", "refund-sync-2026-11-29.log"]);
        assert_eq!(fs::read_to_string(logs.join("refund-sync-2026-11-28.log")).unwrap(), "a\nb\n");
        assert_eq!(fs::read_to_string(logs.join("refund-sync-2026-11-29.log")).unwrap(), "c\n");
    }

    #[test]
    fn a_clock_that_is_set_back_goes_on_in_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = LogFiles::open(folder.path(), day("2026-11-28")).unwrap();
        files.write(b"a\n", day("2026-11-27")).unwrap();
        assert_eq!(listed(folder.path()), ["refund-sync-2026-11-28.log"]);
    }

    #[test]
    fn a_full_file_has_a_successor_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let full = File::create(folder.path().join("refund-sync-2026-11-28.9.log")).unwrap();
        full.set_len(FULL - 1).unwrap();
        let mut files = LogFiles::open(folder.path(), day("2026-11-28")).unwrap();
        for line in [b"a\n", b"b\n"] {
            files.write(line, day("2026-11-28")).unwrap();
        }
        drop(files);
        full.set_len(FULL).unwrap();
        LogFiles::open(folder.path(), day("2026-11-28")).unwrap().write(b"c\n", day("2026-11-28")).unwrap();
        assert_eq!(listed(folder.path()), ["refund-sync-2026-11-28.9.log", "refund-sync-2026-11-28.10.log"]);
        assert_eq!(fs::read(folder.path().join("refund-sync-2026-11-28.10.log")).unwrap(), b"b\nc\n");
    }

    #[test]
    fn the_oldest_go_and_what_is_not_ours_stays() {
        let folder = tempfile::tempdir().unwrap();
        let others =
            ["refund-sync-2026-1-1.log", "refund-sync-2020-01-01.1.log", "refund-sync-old.log", "other.log"];
        for name in others {
            fs::write(folder.path().join(name), "").unwrap();
        }
        for past in 1..=60 {
            let name = Name { day: day("2026-11-28") - chrono::TimeDelta::days(past), part: 1 };
            fs::write(folder.path().join(name.text()), "").unwrap();
        }
        let _files = LogFiles::open(folder.path(), day("2026-11-28")).unwrap();
        let kept = listed(folder.path());
        assert_eq!((kept.len(), kept[0].as_str()), (KEPT, "refund-sync-2026-10-29.log"));
        assert!(others.iter().all(|name| folder.path().join(name).exists()));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        drop(LogFiles::open(folder.path(), day("2026-11-28")).unwrap());
        let file = fs::metadata(folder.path().join("refund-sync-2026-11-28.log")).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
}
