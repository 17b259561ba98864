//! What streams say, and how long that takes: made up for each length, recorded, or what an API says.

use super::job::Job;
use super::setup_error::SetupError;
use crate::scenario::{Ending, Origin, Pace, Scenario};
use crate::simulator::{Cassette, NotAKey, Script, Source, Upstream};
use std::time::Duration;

/// A source for each of the scenario's streams.
pub struct Sources {
    all: Vec<Source>,
    pace: Pace,
    /// What each may take at the pace that is usual, where nobody knows beforehand.
    usual: Vec<Duration>,
}

impl Sources {
    /// Those that a scenario asks for; `upstream` is the API that it names, if it names one.
    ///
    /// # Errors
    /// When a recording cannot be read or has no times, or a real API is named and there is no key for it.
    pub fn of(scenario: &Scenario, upstream: Option<Upstream>) -> Result<Sources, SetupError> {
        let all: Vec<Source> = match &scenario.origin {
            Origin::Simulated => scenario.streams.iter().map(|spec| Script::new(spec, scenario.seed).into()).collect(),
            Origin::Cassette { file, tempo } => vec![Cassette::read(file)?.script(*tempo)?.into()],
            Origin::Upstream { .. } => {
                let upstream: Source = upstream.ok_or(NotAKey::Missing)?.into();
                vec![upstream; scenario.streams.len()]
            }
        };
        let usual = scenario.streams.iter().map(|spec| Pace::Real.text_within(spec.chars)).collect();
        Ok(Sources { all, pace: scenario.pace, usual })
    }

    /// Each, in the order of the scenario's streams.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.all.iter()
    }

    /// That of number `index`.
    pub fn get(&self, index: u32) -> Source {
        self.all[index as usize].clone()
    }

    /// From the first delta to the last of stream `index`; of a real API's, what it may take at the pace that is usual.
    pub fn text_within(&self, index: u32) -> Duration {
        match self.all.get(index as usize) {
            None => Duration::ZERO,
            Some(Source::Script(script)) => script.text_within(self.pace),
            Some(Source::Upstream(_)) => self.usual.get(index as usize).copied().unwrap_or_default(),
        }
    }

    /// From the first end of a trial's streams to the last.
    pub fn ends_within(&self, job: &Job) -> Duration {
        match job.ending {
            Ending::Together => Duration::ZERO,
            Ending::Apart => self.text_within(job.stream),
        }
    }

    /// Events a second that one stream gets while text comes; of several streams the most.
    pub fn events_per_second(&self) -> f64 {
        let rate = |(index, source): (u32, &Source)| match source {
            Source::Script(script) => script.body.len() as f64 / self.text_within(index).as_secs_f64().max(1e-3),
            // Its trials run alone.
            Source::Upstream(_) => 0.0,
        };
        (0..).zip(&self.all).map(rate).fold(0.0, f64::max)
    }
}
