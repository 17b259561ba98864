//! `probe` of a user who is not root, and of one who may make no cgroups.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::{Command, Output};
use stream_probe::subject::Cgroups;
use tempfile::TempDir;

/// The user and group that own nothing.
const NOBODY: u32 = 65_534;

/// `probe` as somebody starts it who is not root, if need be as nobody, and a folder that belongs to all.
pub fn unprivileged() -> (Command, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    // A place that nobody can read, which the folder of the build may not be.
    let program = folder.path().join("probe");
    // Written by another process: a file that this one has open for writing at the moment at which another thread forks is busy then.
    assert!(Command::new("cp").arg(env!("CARGO_BIN_EXE_probe")).arg(&program).status().unwrap().success());
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let mut probe = Command::new(&program);
    probe.current_dir(folder.path());
    if is_root() {
        probe.uid(NOBODY).gid(NOBODY);
    }
    (probe, folder)
}

/// The same of one who may make no cgroups; nothing where nobody is such a user, which is said.
pub fn ordinary_user() -> Option<(Command, TempDir)> {
    if !is_root() && Cgroups::detect().is_ok() {
        println!("left out: this user may make cgroups and cannot become one who may not");
        return None;
    }
    Some(unprivileged())
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// What came of it; nothing where it may not be started so, which is said.
pub fn output_or_left_out(probe: &mut Command) -> Option<Output> {
    match probe.output() {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            println!("left out: this root may not become another user, or the folder for temporary files is its own");
            None
        }
        other => Some(other.unwrap()),
    }
}
