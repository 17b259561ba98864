//! What ends an experiment before it is complete.

use crate::store::{RunFolder, StoreError};
use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;
use tokio::time::sleep;

/// How often it is looked whether the run's folder is still there.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What ended an experiment before it was complete.
#[derive(Debug)]
pub enum Stop {
    /// Somebody asked for it.
    Asked,
    /// What was measured cannot be saved, and more of it could not be either.
    NotSaved(StoreError),
}

/// Does `work` until it is done or cannot save what it measured, `interrupted` completes, or somebody removes `folder`.
///
/// # Errors
/// What came before the end of the work.
pub(super) async fn unless_stopped<T>(
    folder: &RunFolder,
    interrupted: impl Future<Output = ()>,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, Stop> {
    tokio::select! {
        done = work => done.map_err(Stop::NotSaved),
        () = interrupted => Err(Stop::Asked),
        Err(gone) = stays(folder) => Err(Stop::NotSaved(gone)),
    }
}

async fn stays(folder: &RunFolder) -> Result<Infallible, StoreError> {
    loop {
        folder.is_there()?;
        sleep(LOOK_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::future::{pending, ready};

    #[tokio::test]
    async fn the_first_of_them_counts() {
        let parent = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(parent.path(), "now", "test").unwrap();
        assert!(matches!(unless_stopped(&folder, pending(), ready(Ok(7))).await, Ok(7)));
        let for_ever = || pending::<Result<(), StoreError>>();
        assert!(matches!(unless_stopped(&folder, ready(()), for_ever()).await, Err(Stop::Asked)));
        let remove = async {
            fs::remove_dir_all(folder.path()).unwrap();
            for_ever().await
        };
        let stopped = unless_stopped(&folder, pending(), remove).await;
        assert!(matches!(stopped, Err(Stop::NotSaved(StoreError::Gone { .. }))), "{stopped:?}");
    }
}
