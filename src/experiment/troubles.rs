//! What went wrong in a run so far, and whom it is no use to try again: that may take its half minute every time.

use super::trial_error::Cause;
use crate::run::{Phase, Run};
use std::collections::BTreeSet;

/// Causes of failed trials, each with the series that it was of.
#[derive(Debug, Default)]
pub struct Troubles {
    causes: Vec<(u32, Cause)>,
    /// Series of which no more trials are run.
    given_up: BTreeSet<u32>,
}

impl Troubles {
    /// A trial of `series` came to nothing.
    pub fn add(&mut self, series: u32, cause: Cause) {
        self.causes.push((series, cause));
    }

    /// No more trials of `series` are run; whether that is new.
    pub fn give_up(&mut self, series: u32) -> bool {
        self.given_up.insert(series)
    }

    /// The earliest phase in which the kernel killed a trial at its limit, if it did.
    pub fn killed_in(&self) -> Option<Phase> {
        self.causes.iter().filter_map(|(_, cause)| cause.killed_in()).min()
    }

    /// Whether there is a series of which no more trials are run.
    pub fn has_given_up(&self) -> bool {
        !self.given_up.is_empty()
    }

    /// Whether a series, of which nothing has been measured, came to nothing twice for the same reason; or its client did in another mode
    /// too, or in a way that waits as long every time.
    pub fn is_hopeless(&self, run: &Run, series: u32) -> bool {
        let client = |series: u32| run.series(series).map(|series| &series.client);
        let measured = |of: &dyn Fn(u32) -> bool| run.trials.iter().any(|trial| of(trial.series));
        let alike = |causes: &[&(u32, Cause)], of: &dyn Fn(u32, u32) -> bool| {
            let pairs =
                causes.iter().enumerate().flat_map(|(at, one)| causes[..at].iter().map(move |other| (*one, *other)));
            pairs.into_iter().any(|(one, other)| one.1 == other.1 && of(one.0, other.0))
        };
        if measured(&|other| other == series) {
            return false;
        }
        let of_client: Vec<_> = self.causes.iter().filter(|(other, _)| client(*other) == client(series)).collect();
        if alike(&of_client, &|one, other| one == series && other == series) {
            return true;
        }
        let whole_client =
            of_client.iter().any(|(_, cause)| cause.is_final()) || alike(&of_client, &|one, other| one != other);
        whole_client && !measured(&|other| client(other) == client(series))
    }
}
