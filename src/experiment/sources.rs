//! What streams say, and how long that takes: made up for each length, recorded, or what an API says.

use super::job::Job;
use super::setup_error::SetupError;
use crate::scenario::{Ending, Origin, Pace, Scenario};
use crate::simulator::{Cassette, NotAKey, Script, Source, Upstream};
use std::time::Duration;

/// A source for each of the scenario's streams.
pub struct Sources {
    all: Vec<Source>,
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
        Ok(Sources { all, usual })
    }

    /// Each, in the order of the scenario's streams.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.all.iter()
    }

    /// That of number `index`.
    pub fn get(&self, index: u32) -> Source {
        self.all[index as usize].clone()
    }

    /// From the first delta to the last of a subject's streams; of a real API's, what it may take at the pace that is usual.
    pub fn text_within(&self, job: &Job) -> Duration {
        match self.all.get(job.stream as usize) {
            None => Duration::ZERO,
            Some(Source::Script(script)) => script.text_within(job.pace),
            Some(Source::Upstream(_)) => self.usual.get(job.stream as usize).copied().unwrap_or_default(),
        }
    }

    /// From the first end of a trial's streams to the last.
    pub fn ends_within(&self, job: &Job) -> Duration {
        match job.ending {
            Ending::Together => Duration::ZERO,
            Ending::Apart => self.text_within(job),
        }
    }

    /// Events a second that all of a subject's streams get while text comes.
    pub fn events_per_second(&self, job: &Job) -> f64 {
        let seconds = self.text_within(job).as_secs_f64().max(1e-3);
        f64::from(job.streams) * self.events(job.stream) / seconds
    }

    /// Events of one stream; 0 of a real API's, whose trials run alone.
    pub fn events(&self, stream: u32) -> f64 {
        match self.all.get(stream as usize) {
            Some(Source::Script(script)) => script.body.len() as f64,
            Some(Source::Upstream(_)) | None => 0.0,
        }
    }
}
