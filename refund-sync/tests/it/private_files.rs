//! What the program writes is for its own user, whatever the umask says.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::returns::plain;
use crate::scene::{Done, Scene};

/// Runs the command where new files are readable for everybody.
fn run_open(scene: &Scene, args: &[&str]) -> Done {
    let plain = scene.command(args);
    let mut command = std::process::Command::new("/bin/sh");
    command.args(["-c", "umask 022 && exec \"$@\"", "sh"]).arg(plain.get_program()).args(plain.get_args());
    command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(scene.folder());
    Done::of(command)
}

/// Every file below a folder with its rights.
fn rights(folder: &Path) -> Vec<(PathBuf, u32)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(rights(&path));
        } else {
            found.push((path, entry.metadata().unwrap().permissions().mode() & 0o777));
        }
    }
    found
}

#[tokio::test]
async fn journal_lock_configuration_tables_and_reports_are_for_their_user_alone() {
    let scene = Scene::with([plain("TK1")]).await;
    std::fs::set_permissions(scene.config(), std::fs::Permissions::from_mode(0o600)).unwrap();
    run_open(&scene, &["run", "--until-settled"]).exits(0);
    run_open(&scene, &["check", "--live", "--keep", "kept.json"]);
    run_open(&scene, &["mapping", "export", "--folder", "tables"]).exits(0);
    let day = crate::returns::now().date().to_string();
    run_open(&scene, &["reconcile", "--from", &day, "--to", &day, "--csv", "found.csv"]);
    std::fs::rename(scene.config(), scene.folder().join("worked.toml")).unwrap();
    run_open(&scene, &["init"]).exits(0);
    let rights = rights(scene.folder());
    let named = |name: &str| rights.iter().any(|(path, _)| path.ends_with(name));
    for name in ["refund-sync.db", "refund-sync.db.lock", "kept.json", "found.csv", "refund-sync.toml"] {
        assert!(named(name), "{name} is not in {rights:?}");
    }
    let open: Vec<_> = rights.iter().filter(|(_, mode)| *mode != 0o600).collect();
    assert!(open.is_empty(), "{open:?}");
}

#[tokio::test]
async fn the_files_beside_a_journal_at_work_are_for_their_user_alone_and_one_that_is_not_is_told() {
    let scene = Scene::with([plain("TK1")]).await;
    let serving = crate::serve::process::Serving::start(&scene).await;
    crate::serve::process::order_a_run(&scene).await;
    serving.until(async || !scene.books.bills().is_empty()).await;
    for file in ["refund-sync.db", "refund-sync.db-wal", "refund-sync.db-shm"] {
        let mode = std::fs::metadata(scene.folder().join(file)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{file}");
    }
    assert!(!serving.ends().1.contains("chmod 600"));
    std::fs::set_permissions(scene.database(), std::fs::Permissions::from_mode(0o644)).unwrap();
    scene.run(&["run"]).exits(0).complains(&["everybody on this machine can read the journal"]);
}
