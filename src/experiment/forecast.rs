//! How long a run or a proof may take, from what is to be run: told before it begins, never used for anything else.

use super::expected::Expected;
use super::job::Job;
use super::look;
use super::profile;
use super::schedule::{self, Planned};
use super::setup::Setup;
use crate::scenario::Scenario;

/// What a trial takes beside its text, measured: start, four plateaus, end. Programs with a runtime start slowly and come to rest slowly.
const AROUND_TEXT_SECONDS: f64 = 4.5;
const AROUND_TEXT_OF_PROGRAMS_SECONDS: f64 = 8.0;
/// What each further wave takes beside its text.
const AROUND_WAVE_SECONDS: f64 = 1.5;

/// Of all passes of a run, and its heap profiles.
pub fn of_run(setup: &Setup) -> Expected {
    let most = setup.scenario.repeats;
    let pass = of_pass(setup, &schedule::first_pass(&setup.scenario));
    let passes = Expected::times(pass, Scenario::MIN_PASSES.min(most), most);
    let all = passes.then(Expected::times(of_looks(setup) + of_profiles(setup), 1, 1));
    let within = setup.scenario.within.map_or(f64::INFINITY, f64::from);
    Expected { least: all.least, most: all.most.min(within.max(all.least)) }
}

/// Seconds of one pass of these trials.
pub fn of_pass(setup: &Setup, trials: &[Planned]) -> f64 {
    of_waves(setup, &setup.wave_limit().waves(trials, |job| setup.sources.events_per_second(job)))
}

/// Seconds of looks into heaps.
pub fn of_looks(setup: &Setup) -> f64 {
    if !setup.scenario.heap {
        return 0.0;
    }
    let (first, others) = look::jobs(&setup.scenario);
    of_jobs(setup, &first) + of_jobs(setup, &others)
}

/// Seconds of profiles.
pub fn of_profiles(setup: &Setup) -> f64 {
    if setup.scenario.heap { of_jobs(setup, &profile::jobs(&setup.scenario)) } else { 0.0 }
}

fn of_jobs(setup: &Setup, jobs: &[Job]) -> f64 {
    of_waves(setup, &setup.wave_limit().waves(jobs, |job| setup.sources.events_per_second(job)))
}

/// Seconds of waves, each as long as the longest of its subjects lives.
pub fn of_waves<T: AsRef<Job>>(setup: &Setup, waves: &[Vec<T>]) -> f64 {
    let longest = |wave: &Vec<T>| wave.iter().map(|one| of_trial(setup, one.as_ref())).fold(0.0, f64::max);
    waves.iter().map(longest).sum()
}

/// Seconds of one trial.
pub fn of_trial(setup: &Setup, job: &Job) -> f64 {
    let text = job.pace.first_token_after() + setup.sources.text_within(job);
    let built_in = setup.client(job).is_built_in();
    let further = f64::from(setup.scenario.waves.saturating_sub(1)) * (text.as_secs_f64() + AROUND_WAVE_SECONDS);
    let ends = setup.sources.ends_within(job).as_secs_f64();
    text.as_secs_f64() + further + ends + if built_in { AROUND_TEXT_SECONDS } else { AROUND_TEXT_OF_PROGRAMS_SECONDS }
}
