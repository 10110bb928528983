//! A journal that changes under whoever works it, and the locks that keep two from working one file: by links, by dots, by
//! whatever path.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt as _, symlink};
use std::path::{Path, PathBuf};

use refund_sync::config::StoreUrl;
use refund_sync::store::lock::Holder;
use refund_sync::store::{self, Request, Sqlite, Store, StoreError};
use tempfile::TempDir;

/// A journal that is worked, with more in it than a page of the file.
async fn worked() -> (TempDir, PathBuf, Sqlite) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    drop(Sqlite::open(&path).unwrap());
    let store = Sqlite::open_locked(&path).unwrap();
    assert_eq!(store.pipeline("main").await.unwrap().id, 1);
    write(&store).await.unwrap();
    (folder, path, store)
}

async fn write(store: &Sqlite) -> Result<(), StoreError> {
    store.set_note(1, "topic", "what was told".repeat(100)).await
}

fn beside(path: &Path, end: &str) -> PathBuf {
    PathBuf::from(format!("{}{end}", path.display()))
}

/// The next statement finds it, whether it reads or writes; and whatever is put back, this connection does nothing more.
async fn is_noticed(store: &Sqlite, word: &str, put_right: impl FnOnce()) {
    let Err(StoreError::Gone { how, .. }) = write(store).await else {
        panic!("{word}: written all the same")
    };
    assert!(how.en.contains(word) && how.en.is_ascii() && !how.zh.is_ascii(), "{how:?}");
    put_right();
    assert!(
        matches!(store.open_requests(1).await, Err(StoreError::Gone { .. })),
        "{word}: read all the same"
    );
    assert!(matches!(write(store).await, Err(StoreError::Gone { .. })), "{word}: it works again");
}

#[tokio::test]
async fn a_file_that_is_removed_is_noticed_and_stays_so_when_it_is_put_back() {
    let (_folder, path, store) = worked().await;
    let aside = beside(&path, ".aside");
    fs::rename(&path, &aside).unwrap();
    is_noticed(&store, "removed", || fs::rename(&aside, &path).unwrap()).await;
}

#[tokio::test]
async fn an_older_copy_that_is_put_in_its_place_is_noticed() {
    let (folder, path, store) = worked().await;
    let older = folder.path().join("older.db");
    drop(Sqlite::open(&older).unwrap());
    fs::rename(&older, &path).unwrap();
    is_noticed(&store, "another file", || ()).await;
}

#[tokio::test]
async fn a_copy_that_is_written_over_it_is_noticed() {
    let (_folder, path, store) = worked().await;
    let copy = fs::read(&path).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    fs::write(&path, copy).unwrap();
    is_noticed(&store, "another program", || ()).await;
}

#[tokio::test]
async fn a_file_that_is_cut_is_noticed() {
    let (_folder, path, store) = worked().await;
    OpenOptions::new().write(true).open(&path).unwrap().set_len(4096).unwrap();
    is_noticed(&store, "cut", || ()).await;
}

#[tokio::test]
async fn a_bit_that_flips_is_noticed() {
    let (_folder, path, store) = worked().await;
    let file = OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, 5_000).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    file.write_all_at(&[byte[0] ^ 1], 5_000).unwrap();
    is_noticed(&store, "another program", || ()).await;
}

#[tokio::test]
async fn a_link_that_is_set_to_another_journal_is_noticed() {
    let (folder, path, _) = worked().await;
    let (other, link) = (folder.path().join("other.db"), folder.path().join("link.db"));
    drop(Sqlite::open(&other).unwrap());
    symlink(&path, &link).unwrap();
    let store = Sqlite::open_locked(&link).unwrap();
    write(&store).await.unwrap();
    fs::remove_file(&link).unwrap();
    symlink(&other, &link).unwrap();
    is_noticed(&store, "another file", || ()).await;
}

#[tokio::test]
async fn what_stands_beside_the_file_is_a_part_of_it() {
    for end in ["-wal", "-shm"] {
        let (_folder, path, store) = worked().await;
        fs::remove_file(beside(&path, end)).unwrap();
        is_noticed(&store, &format!("journal.db{end}"), || drop(File::create(beside(&path, end)).unwrap()))
            .await;
    }
}

#[tokio::test]
async fn a_folder_that_vanishes_is_noticed() {
    let (folder, path, store) = worked().await;
    let aside = folder.path().with_extension("aside");
    fs::rename(folder.path(), &aside).unwrap();
    is_noticed(&store, "removed", || fs::rename(&aside, path.parent().unwrap()).unwrap()).await;
}

/// What it moves into the file itself, and what is asked of it beside, is no stranger's work.
#[tokio::test]
async fn its_own_work_and_the_requests_of_others_are_not_taken_for_a_change() {
    let (_folder, path, store) = worked().await;
    let before = fs::metadata(&path).unwrap().len();
    let pipeline = store.pipeline("main").await.unwrap().id;
    let guest = Sqlite::open_for_requests(&path).unwrap();
    for round in 0..20 {
        for turn in 0..50 {
            store.set_note(pipeline, "topic", format!("{round} {turn} ").repeat(3_000)).await.unwrap();
        }
        let at = chrono::DateTime::UNIX_EPOCH;
        for n in 0..20 {
            let numbers = vec![format!("TK{n}").repeat(500)];
            let mend = Request::Mend { numbers };
            let request = guest.leave_request(pipeline, mend, at).await.unwrap();
            guest.answer_request(request, String::new()).await.unwrap();
        }
        drop(Sqlite::open_for_requests(&path).unwrap());
    }
    assert!(fs::metadata(&path).unwrap().len() > before, "nothing was moved into the file");
    write(&store).await.unwrap();
}

#[tokio::test]
async fn a_journal_that_was_cut_off_and_does_not_hold_together_is_not_worked() {
    let (folder, path, store) = worked().await;
    // As a killed process leaves it: nobody closed it.
    let killed = folder.path().join("killed.db");
    for end in ["", "-wal"] {
        fs::copy(beside(&path, end), beside(&killed, end)).unwrap();
    }
    drop(store);
    drop(Sqlite::open_locked(&killed).unwrap());
    for end in ["", "-wal"] {
        let _ = fs::copy(beside(&path, end), beside(&killed, end));
    }
    fs::write(beside(&killed, "-wal"), "left by somebody").unwrap();
    let pages = fs::metadata(&killed).unwrap().len() / 4096;
    let file = OpenOptions::new().write(true).open(&killed).unwrap();
    for page in 2..pages {
        file.write_all_at(&[0xff; 64], page * 4096).unwrap();
    }
    let opened = Sqlite::open_locked(&killed);
    assert!(matches!(opened, Err(StoreError::Damaged { .. })), "{opened:?}");
}

/// The journal at `path` is held; `other` leads to the same file.
fn excludes(path: &Path, other: &Path) {
    let holder = Holder::take(path, "serve").unwrap();
    let second = Holder::take(other, "run");
    assert!(matches!(second, Err(StoreError::Held { .. })), "{}: {second:?}", other.display());
    assert!(Holder::of(other).is_some(), "{}", other.display());
    drop(holder);
    assert_eq!(Holder::of(other), None, "{}", other.display());
    let holder = Holder::take(other, "run").unwrap();
    assert!(matches!(Holder::take(path, "serve"), Err(StoreError::Held { .. })), "{}", other.display());
    drop(holder);
}

#[test]
fn a_journal_has_one_holder_by_whatever_path_it_is_come_to() {
    let folder = tempfile::tempdir().unwrap();
    let (inner, path) = (folder.path().join("inner"), folder.path().join("journal.db"));
    fs::create_dir(&inner).unwrap();
    let link = |name: &str, target: &Path| {
        symlink(target, folder.path().join(name)).unwrap();
        folder.path().join(name)
    };
    // Before the file is there: the first who comes makes it.
    let dangling = link("dangling.db", Path::new("journal.db"));
    excludes(&dangling, &path);
    excludes(&path, &link("link.db", &path));
    excludes(&path, &link("link-to-link.db", &folder.path().join("link.db")));
    excludes(&path, &link("folder", folder.path()).join("journal.db"));
    excludes(&path, &inner.join("../journal.db"));
    excludes(&path, &PathBuf::from(format!("{}//./journal.db", folder.path().display())));
    excludes(&path, &link("relative.db", Path::new("inner/../journal.db")));
    fs::hard_link(&path, inner.join("hard.db")).unwrap();
    excludes(&path, &inner.join("hard.db"));
    let loops = link("loop.db", Path::new("loop.db"));
    assert!(matches!(Holder::take(&loops, "run"), Err(StoreError::Open { .. })));
    assert!(matches!(Holder::take(&inner, "run"), Err(StoreError::Open { .. })), "a folder");
}

/// SQLite keeps what is new beside the path it was given: through a hard link a request would spoil the journal.
#[tokio::test]
async fn nothing_is_left_for_a_holder_by_another_path_to_the_same_file() {
    let (folder, path, _store) = worked().await;
    let hard = folder.path().join("hard.db");
    fs::hard_link(&path, &hard).unwrap();
    let _holder = Holder::take(&path, "serve").unwrap();
    assert!(store::open_for_requests(&StoreUrl::Sqlite(path), "retry").await.is_ok());
    let asked = store::open_for_requests(&StoreUrl::Sqlite(hard.clone()), "retry").await;
    let Err(StoreError::Held { holder, .. }) = asked else { panic!("{asked:?}") };
    assert!(holder.contains(&std::process::id().to_string()) && holder.contains("another path"), "{holder}");
    assert!(!beside(&hard, "-wal").exists());
}

/// Whoever comes beside a holder whose file is gone makes no other in its place.
#[tokio::test]
async fn beside_a_holder_whose_file_is_gone_no_new_journal_is_made() {
    let (_folder, path, _store) = worked().await;
    let url = StoreUrl::Sqlite(path.clone());
    let _holder = Holder::take(&path, "serve").unwrap();
    store::whole(&url).unwrap();
    let aside = beside(&path, ".aside");
    fs::rename(&path, &aside).unwrap();
    for tried in [store::open_for_requests(&url, "retry").await.map(drop), store::whole(&url)] {
        let Err(StoreError::Gone { how, .. }) = tried else { panic!("{tried:?}") };
        assert!(how.en.contains(&format!("serve (process {})", std::process::id())), "{how}");
    }
    assert!(!path.exists());
    fs::rename(&aside, &path).unwrap();
    store::whole(&url).unwrap();
}
