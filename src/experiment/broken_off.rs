//! Whether a subject broke streams off that it had opened, and what ended at that time.

use super::conductor::Conductor;
use super::trial_error::{TrialError, recorded};
use crate::run::{LostProcess, Reason};
use crate::sampler::Gone;
use crate::simulator::BrokenOff;
use std::time::Duration;

/// A process that is seen to end within this time of the break, before or after, ended with it: what it held breaks at once, and the sampler
/// looks ten times a second for who is gone.
const TOGETHER: Duration = Duration::from_millis(500);

impl Conductor<'_> {
    /// # Errors
    /// When streams were broken off.
    pub(super) fn has_all_streams(&self) -> Result<(), TrialError> {
        self.broken_off().map_or(Ok(()), Err)
    }

    /// What to say of streams that were broken off, if any were.
    pub(super) fn broken_off(&self) -> Option<TrialError> {
        let stage = self.simulator.stage();
        let broken_off = stage.broken_off()?;
        Some(self.told(Reason::BrokenOff {
            phase: self.phase(),
            opened: stage.opened(),
            broken_off: broken_off.streams,
            after_ms: broken_off.after.as_millis() as u64,
            had_text: broken_off.had_text,
            lost: lost_with(&broken_off, self.tree.gone()),
        }))
    }
}

/// The process that ended with the streams; one that a signal ended before one of which no more was seen than that it is gone.
fn lost_with(broken_off: &BrokenOff, gone: Vec<Gone>) -> Option<LostProcess> {
    let apart = |gone: &Gone| gone.at.max(broken_off.first) - gone.at.min(broken_off.first);
    let together = gone.into_iter().filter(|gone| apart(gone) <= TOGETHER);
    let gone = together.min_by_key(|gone| (gone.signal.is_none(), apart(gone)))?;
    Some(LostProcess { name: recorded(&gone.name), signal: gone.signal.map(|signal| signal.as_str().to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::signal::Signal;
    use std::time::Instant;

    #[test]
    fn who_ended_at_another_time_is_not_named() {
        let first = Instant::now() + Duration::from_secs(60);
        let broken_off = BrokenOff { streams: 1, first, after: Duration::ZERO, had_text: false };
        let gone = |name: &str, signal, at| Gone { name: name.to_owned(), signal, at };
        let early = gone("uname", Some(Signal::SIGTERM), first - Duration::from_secs(2));
        let near = gone("helper", None, first);
        let killed = gone("worker", Some(Signal::SIGKILL), first + Duration::from_millis(100));
        assert_eq!(lost_with(&broken_off, vec![early.clone()]), None);
        let lost = lost_with(&broken_off, vec![early, near, killed]).unwrap();
        assert_eq!((lost.name.as_str(), lost.signal.as_deref()), ("worker", Some("SIGKILL")));
    }
}
