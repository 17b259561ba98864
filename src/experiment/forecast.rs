//! How long a run or a proof may take, from what is to be run: told before it begins, never used for anything else.

use super::expected::Expected;
use super::job::Job;
use super::profile;
use super::schedule;
use super::setup::Setup;
use crate::scenario::Scenario;

/// What a trial takes beside its text, measured: start, four plateaus, end. Programs with a runtime start slowly and come to rest slowly.
const AROUND_TEXT_SECONDS: f64 = 4.5;
const AROUND_TEXT_OF_PROGRAMS_SECONDS: f64 = 8.0;
/// What each further wave takes beside its text.
const AROUND_WAVE_SECONDS: f64 = 1.5;

/// Of all passes of a run, and its heap profiles.
pub fn of_run(setup: &Setup) -> Expected {
    let profiles = if setup.scenario.heap { of_profiles(setup) } else { 0.0 };
    let most = setup.scenario.repeats;
    let passes = Expected::times(of_pass(setup), Scenario::MIN_PASSES.min(most), most);
    passes.then(Expected::times(profiles, 1, 1))
}

/// Seconds of one pass.
pub fn of_pass(setup: &Setup) -> f64 {
    let trials = schedule::pass(&setup.scenario, 0);
    of_waves(setup, &setup.wave_limit().waves(&trials, setup.sources.events_per_second()))
}

fn of_profiles(setup: &Setup) -> f64 {
    let jobs = profile::jobs(&setup.scenario);
    of_waves(setup, &setup.wave_limit().halved().waves(&jobs, setup.sources.events_per_second()))
}

/// Seconds of waves, each as long as the longest of its subjects lives.
pub fn of_waves<T: AsRef<Job>>(setup: &Setup, waves: &[Vec<T>]) -> f64 {
    let longest = |wave: &Vec<T>| wave.iter().map(|one| of_trial(setup, one.as_ref())).fold(0.0, f64::max);
    waves.iter().map(longest).sum()
}

/// Seconds of one trial.
pub fn of_trial(setup: &Setup, job: &Job) -> f64 {
    let text = setup.scenario.pace.first_token_after() + setup.sources.text_within(job.stream);
    let built_in = setup.client(job).is_built_in();
    let further = f64::from(setup.scenario.waves.saturating_sub(1)) * (text.as_secs_f64() + AROUND_WAVE_SECONDS);
    let ends = setup.sources.ends_within(job).as_secs_f64();
    text.as_secs_f64() + further + ends + if built_in { AROUND_TEXT_SECONDS } else { AROUND_TEXT_OF_PROGRAMS_SECONDS }
}
