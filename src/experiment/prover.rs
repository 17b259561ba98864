//! A proof from nothing: lines, each measured where the one before leads, and trials around the number that the last predicts.

use super::forecast;
use super::line_error::LineError;
use super::load::slower;
use super::measure::{Measured, measure};
use super::progress::{Progress, ProgressSender};
use super::prove::{MOST_LINES, ProveError, expected_lines, expected_trials, meets, predict, prove, rungs};
use super::schedule::EVENTS_PER_SECOND;
use super::setup::Setup;
use super::stop::Stop;
use crate::cost::{Analysis, SeriesAnalysis};
use crate::proof::Proof;
use crate::run::Run;
use crate::sampler::environment;
use crate::scenario::{Ladder, Pace, Scenario};
use crate::store::{RunFolder, StoreError};
use crate::subject::WORKER_THREADS;
use crate::units::Bytes;
use std::error::Error;
use std::future::Future;

/// A line that predicts this near to the number that it was measured for is not measured again nearer.
const NEAR: f64 = 0.2;

/// Why nothing is proved.
#[derive(Debug, thiserror::Error)]
pub enum ProverError {
    /// There is no line.
    #[error(transparent)]
    NoLine(#[from] LineError),
    /// The line leads to no number.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// It leads to so few streams that there is no line.
    #[error(
        "{limit} kills {streams} streams by the first line: choose a larger limit, so that there is a line to prove"
    )]
    TooFew {
        /// The limit.
        limit: Bytes,
        /// What was predicted.
        streams: u64,
    },
    /// The proof cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is computed from a line cannot be kept.
    #[error(transparent)]
    Publish(Box<dyn Error>),
}

/// What is known on the way to a proof.
enum Known {
    /// A line, and the smallest number of streams that was killed with any.
    Line {
        series: Box<SeriesAnalysis>,
        killed: Option<u64>,
        /// Whether it is of what was measured last.
        is_last: bool,
    },
    /// So many were killed that the others make no line, and there was none before.
    Killed { from: u64, why: LineError },
}

impl Known {
    /// With what was measured after it: a line, or why there is none, and the smallest number of streams that was killed.
    fn after(
        before: Option<Known>,
        line: Result<SeriesAnalysis, LineError>,
        killed: Option<u64>,
    ) -> Result<Known, LineError> {
        let killed_before = match &before {
            Some(Known::Line { killed, .. }) => *killed,
            Some(Known::Killed { from, .. }) => Some(*from),
            None => None,
        };
        let killed = killed.into_iter().chain(killed_before).min();
        match (line, before, killed) {
            (Ok(series), _, killed) => Ok(Known::Line { series: Box::new(series), killed, is_last: true }),
            (Err(_), Some(Known::Line { series, .. }), killed @ Some(_)) => {
                Ok(Known::Line { series, killed, is_last: false })
            }
            (Err(why), _, Some(from)) => Ok(Known::Killed { from, why }),
            (Err(why), _, None) => Err(why),
        }
    }

    /// The number of streams that is expected to be killed first.
    fn meets(&self, limit: Bytes) -> Result<u64, ProveError> {
        match self {
            Known::Line { series, killed, .. } => meets(series, *killed, limit),
            Known::Killed { from, .. } => Ok(*from),
        }
    }

    fn line(&self) -> Option<&SeriesAnalysis> {
        match self {
            Known::Line { series, .. } => Some(series),
            Known::Killed { .. } => None,
        }
    }

    /// Whether what was measured last is a line near the number that was expected.
    fn is_near(&self, expected: u64, limit: Bytes) -> Result<bool, ProveError> {
        let is_line = matches!(self, Known::Line { is_last: true, .. });
        Ok(is_line && (self.meets(limit)? as f64 / expected as f64 - 1.0).abs() <= NEAR)
    }
}

/// What a proof needs of the world.
pub struct Prover<'a, Asked, Publish> {
    /// Where records go.
    pub folder: &'a RunFolder,
    /// The limit that is to be met.
    pub limit: Bytes,
    /// Where news goes.
    pub news: ProgressSender,
    /// Gives what completes when it is to stop.
    pub asked: Asked,
    /// Keeps what is computed from a line.
    pub publish: Publish,
}

impl<Asked, Stopped, Publish> Prover<'_, Asked, Publish>
where
    Asked: Fn() -> Stopped,
    Stopped: Future<Output = ()>,
    Publish: Fn(&Run, &Analysis) -> Result<(), Box<dyn Error>>,
{
    /// Every line tells where to measure the next, until one was measured near what it predicts: that is what is proved. `None` when it was
    /// asked to stop.
    ///
    /// # Errors
    /// [`ProverError`].
    pub async fn go(self, scenario: Scenario) -> Result<Option<Proof>, ProverError> {
        // One pass tells where the limit is looked for.
        let repeats = if built_in(&scenario) { 1 } else { scenario.repeats };
        let mut setup = self.setup(&Scenario { repeats, ..scenario.clone() })?;
        self.tell(Progress::ProofBegins {
            expected: forecast::of_run(&setup).then(expected_lines(&setup)).then(expected_trials(&setup)),
        });
        let Some(mut known) = self.learn(&setup, None).await? else { return Ok(None) };
        for _ in 0..MOST_LINES {
            let expected = known.meets(self.limit)?;
            let deltas = setup.stream_facts()[0].deltas;
            setup = self.setup(&self.nearer(&scenario, known.line(), deltas, expected)?)?;
            self.tell(Progress::Predicted {
                streams: expected,
                expected: expected_lines(&setup).then(expected_trials(&setup)),
            });
            let Some(next) = self.learn(&setup, Some(known)).await? else { return Ok(None) };
            known = next;
            if known.is_near(expected, self.limit)? {
                break;
            }
        }
        let (line, killed) = match known {
            Known::Line { series, killed, .. } => (series, killed),
            Known::Killed { why, .. } => return Err(why.into()),
        };
        let predicted = predict(&line, killed, self.limit)?;
        let keep = |proof: &Proof| self.folder.write_proof(proof);
        match prove(&setup, &line, self.limit, predicted, (self.asked)(), keep).await {
            Ok(proof) => Ok(Some(proof)),
            Err(Stop::Asked) => Ok(None),
            Err(Stop::NotSaved(error)) => Err(error.into()),
        }
    }

    /// A watcher that has gone away misses the news and nothing else.
    fn tell(&self, news: Progress) {
        let _ = self.news.send(news);
    }

    fn setup(&self, scenario: &Scenario) -> Result<Setup, LineError> {
        Ok(Setup::new(scenario.clone(), None, environment(WORKER_THREADS), self.folder, self.news.clone())?)
    }

    /// What is known after one more line is measured; `None` when it was asked to stop.
    async fn learn(&self, setup: &Setup, before: Option<Known>) -> Result<Option<Known>, ProverError> {
        let run = self.measured(setup).await?;
        let line = match Analysis::of(&run) {
            Err(_) if run.interrupted => return Ok(None),
            Err(why) => Err(LineError::from(why)),
            Ok(analysis) => {
                (self.publish)(&run, &analysis).map_err(ProverError::Publish)?;
                // An analysis without a series is an error.
                let Some(series) = analysis.series.into_iter().next().filter(|_| !run.interrupted) else {
                    return Ok(None);
                };
                Ok(series)
            }
        };
        Ok(Some(Known::after(before, line, run.killed_from(0).map(u64::from))?))
    }

    /// Measures, and keeps what was measured.
    async fn measured(&self, setup: &Setup) -> Result<Run, LineError> {
        // A line that is there is replaced by a line, and not by the first trials of one.
        let keep = |run: &Run| match Analysis::of(run) {
            Err(_) if self.folder.read_run().is_ok() => Ok(()),
            _ => self.folder.write_run(run),
        };
        let Measured { run, stopped } = measure(setup, (self.asked)(), keep).await?;
        if let Some(Stop::NotSaved(error)) = stopped {
            return Err(error.into());
        }
        if !run.trials.is_empty() {
            keep(&run)?;
        }
        Ok(run)
    }

    /// The same scenario near the number that is expected, at a pace that as many streams of so many deltas can be given their text in.
    fn nearer(
        &self,
        scenario: &Scenario,
        line: Option<&SeriesAnalysis>,
        deltas: u64,
        expected: u64,
    ) -> Result<Scenario, ProverError> {
        let too_few = |_| ProverError::TooFew { limit: self.limit, streams: expected };
        let at_once = built_in(scenario);
        let ladder = Ladder::of(&rungs(expected, at_once)).map_err(too_few)?;
        let events = deltas as f64 * expected as f64;
        // Two trials at the limit run side by side where one does not change the other. Both together are given their text no faster than
        // one would be: a client that falls behind where it has no room left for its own code is killed earlier.
        let events_at_once = if at_once { 2.0 * events } else { events };
        let given = Pace::Seconds(scenario.pace.text_within(scenario.streams[0].chars).as_secs_f64());
        let processor = line.and_then(|line| line.fitted.processor);
        let seconds_per_event = processor.map_or(0.0, |processor| processor.seconds_per_1000_events.value / 1e3);
        let followed = slower(given, seconds_per_event * events).text_within(scenario.streams[0].chars);
        let seconds = followed.as_secs_f64().max(events_at_once / EVENTS_PER_SECOND);
        let repeats = if at_once { 1 } else { scenario.repeats };
        Ok(Scenario { ladder, repeats, pace: Pace::Seconds(seconds.ceil()), ..scenario.clone() })
    }
}

/// Whether trials do not change one another and scatter little: the built-in client's, of which one pass is enough.
fn built_in(scenario: &Scenario) -> bool {
    scenario.series.iter().all(|series| series.client.is_built_in())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = include_str!("../../output/gallery/24-streams/run.json");

    fn series() -> SeriesAnalysis {
        let run: Run = serde_json::from_str(RUN).unwrap();
        Analysis::of(&run).unwrap().series.remove(0)
    }

    fn none() -> LineError {
        let run = Run { trials: Vec::new(), ..serde_json::from_str(RUN).unwrap() };
        LineError::from(Analysis::of(&run).unwrap_err())
    }

    #[test]
    fn what_was_killed_with_an_earlier_line_is_not_forgotten() {
        let limit = Bytes(1 << 30);
        // Every trial but one was killed, and of the line before nothing.
        let first = Known::after(None, Ok(series()), None).unwrap();
        let by_line = first.meets(limit).unwrap();
        let then = Known::after(Some(first), Err(none()), Some(by_line / 4)).unwrap();
        assert_eq!(then.meets(limit).unwrap(), by_line / 4);
        assert!(!then.is_near(by_line / 4, limit).unwrap(), "an old line is measured again nearer");
        let last = Known::after(Some(then), Ok(series()), None).unwrap();
        assert_eq!(last.meets(limit).unwrap(), by_line / 4);
        assert!(last.is_near(by_line / 4, limit).unwrap());
    }

    #[test]
    fn without_any_line_the_killed_lead_to_one() {
        assert!(Known::after(None, Err(none()), None).is_err());
        let killed = Known::after(None, Err(none()), Some(40)).unwrap();
        assert_eq!((killed.meets(Bytes(1 << 30)).unwrap(), killed.line().is_none()), (40, true));
        assert!(matches!(Known::after(Some(killed), Ok(series()), None), Ok(Known::Line { killed: Some(40), .. })));
    }
}
