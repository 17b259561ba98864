//! `latest`, the link to the newest run: moved when there is one, and never laid over what somebody else put there.

use super::StoreError;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};

const NAME: &str = "latest";

/// The link beside run folders.
#[derive(Debug, Clone)]
pub struct Latest {
    parent: PathBuf,
}

impl Latest {
    /// The one in `parent`.
    pub fn beside(parent: &Path) -> Latest {
        Latest { parent: parent.to_owned() }
    }

    /// Whether it may be moved: nothing is there, or a link to a folder beside it, as this program makes them. The folder may be gone.
    ///
    /// # Errors
    /// What is there instead.
    pub fn is_ours(&self) -> Result<(), StoreError> {
        let path = self.parent.join(NAME);
        let kind = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(StoreError::Create { path, source }),
        };
        let what = if kind.is_dir() {
            "a folder"
        } else if !kind.is_symlink() {
            "a file"
        } else if points_beside(&path) {
            return Ok(());
        } else {
            "a link to something else"
        };
        Err(StoreError::NotOurs { path, what })
    }

    /// Makes it point to the folder `name` beside it.
    ///
    /// # Errors
    /// When the link cannot be made, or what is there is not this program's.
    pub fn point_to(&self, name: &OsStr) -> Result<(), StoreError> {
        self.is_ours()?;
        // A name of its own, which goes when it cannot be moved into its place.
        let made = tempfile::Builder::new().prefix(".latest-").make_in(&self.parent, |path| symlink(name, path));
        let moved = made.and_then(|link| Ok(link.into_temp_path().persist(self.parent.join(NAME))?));
        moved.map_err(|source| StoreError::Write { path: self.parent.join(NAME), source })
    }
}

fn points_beside(link: &Path) -> bool {
    let is_one_name = |target: PathBuf| {
        let mut parts = target.components();
        matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
    };
    let is_other_file = fs::metadata(link).is_ok_and(|there| !there.is_dir());
    fs::read_link(link).is_ok_and(is_one_name) && !is_other_file
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn a_link_of_ours_is_moved_also_where_its_folder_is_gone() {
        let parent = tempfile::tempdir().unwrap();
        let latest = Latest::beside(parent.path());
        for name in ["one", "two"] {
            fs::create_dir(parent.path().join(name)).unwrap();
            latest.point_to(OsStr::new(name)).unwrap();
            assert_eq!(fs::read_link(parent.path().join("latest")).unwrap(), Path::new(name));
        }
        fs::remove_dir(parent.path().join("two")).unwrap();
        latest.point_to(OsStr::new("one")).unwrap();
        assert_eq!(names(parent.path()), ["latest", "one"], "and nothing half made is left");
    }

    type Make = fn(&Path);

    #[test]
    fn what_is_not_ours_is_told_and_left() {
        let make: [(&str, Make); 5] = [
            ("a folder", |path| fs::create_dir(path).unwrap()),
            ("a file", |path| fs::write(path, "mine").unwrap()),
            ("a link to something else", |path| symlink("/tmp", path).unwrap()),
            ("a link to something else", |path| symlink("../elsewhere", path).unwrap()),
            ("a link to something else", |path| {
                fs::write(path.with_file_name("notes"), "mine").unwrap();
                symlink("notes", path).unwrap();
            }),
        ];
        for (what, make) in make {
            let parent = tempfile::tempdir().unwrap();
            make(&parent.path().join("latest"));
            let before = names(parent.path());
            let error = Latest::beside(parent.path()).point_to(OsStr::new("run")).unwrap_err().to_string();
            assert!(error.contains(&format!("latest is {what}")) && error.contains("move it away"), "{error}");
            assert_eq!(names(parent.path()), before);
        }
    }
}
