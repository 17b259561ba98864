//! What went wrong in a run so far, and whom it is no use to try again: that may take its half minute every time.

use crate::run::{Failure, Phase, Run};

/// The earliest phase in which the kernel killed a trial at its limit, if it did.
pub fn killed_in(run: &Run) -> Option<Phase> {
    run.failures.iter().filter_map(|failure| failure.reason.killed_in()).min()
}

/// Whether a series, of which nothing has been measured, came to nothing twice for the same reason; or its client did in another mode
/// too, or in a way that waits as long every time.
pub fn is_hopeless(run: &Run, series: u32) -> bool {
    let client = |series: u32| run.series(series).map(|series| &series.client);
    let measured = |of: &dyn Fn(u32) -> bool| run.trials.iter().any(|trial| of(trial.series));
    if measured(&|other| other == series) {
        return false;
    }
    let of_client: Vec<_> = run.failures.iter().filter(|failure| client(failure.series) == client(series)).collect();
    if are_alike(&of_client, |one, other| one == series && other == series) {
        return true;
    }
    let whole_client =
        of_client.iter().any(|failure| failure.reason.is_final()) || are_alike(&of_client, |one, other| one != other);
    whole_client && !measured(&|other| client(other) == client(series))
}

/// Whether two of them, whose series are so, are alike.
fn are_alike(failures: &[&Failure], of: impl Fn(u32, u32) -> bool) -> bool {
    let before = |at: usize, one: &Failure| {
        failures[..at].iter().any(|other| one.is_like(other) && of(one.series, other.series))
    };
    failures.iter().enumerate().any(|(at, one)| before(at, one))
}
