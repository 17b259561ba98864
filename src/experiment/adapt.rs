//! Which numbers of streams come next: those that make the answer sharp in the least time.
//!
//! The interval of a slope is as narrow as its trials are many, and as they are far apart (`fit::Design`): trials at both ends of a ladder
//! are worth most, and where even those would have to be many, more streams make the ladder longer.

use crate::cost::{Lever, Quantity, SeriesAnalysis};
use crate::scenario::{Client, Scenario};

/// With more pairs of trials than these to go, a longer lever takes less time.
const PAIRS_BEFORE_LONGER: u32 = 3;
/// How many times as many streams as were asked for are opened, each where the one before would not do.
const LONGER: [u32; 3] = [2, 4, 8];
/// Where a longer lever is tried, as shares of its length: runtimes hold memory of their own that the first streams fill, and only above
/// that does a line begin. Three, so that it is seen whether it is one.
const RUNGS_OF_LONGER: [f64; 3] = [0.3, 0.65, 1.0];
/// Different numbers of streams through which a line is more than a guess without repeats.
const ENOUGH_RUNGS: usize = 5;
/// The share of the machine's memory that a subject may take on a lever that nobody asked for.
const SHARE_OF_MEMORY: f64 = 0.2;

/// What a series still needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: the answer is as sharp as it is wanted.
    Nothing,
    /// More trials at these numbers of streams.
    Trials(Vec<u32>),
    /// Trials with more streams than before.
    Longer(Vec<u32>),
    /// More trials than there will be, and less of a difference than it is worth.
    OutOfReach,
}

impl Need {
    /// The numbers of streams that it comes to.
    pub fn rungs(&self) -> &[u32] {
        match self {
            Need::Trials(rungs) | Need::Longer(rungs) => rungs,
            Need::Nothing | Need::OutOfReach => &[],
        }
    }
}

/// What bounds a pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// Passes that there have been.
    pub passes: u32,
    /// Passes that there may still be.
    pub passes_left: u32,
    /// The most streams that the harness can hold open.
    pub streams: u32,
    /// Bytes of memory that the machine, or the limit that subjects run under, has.
    pub memory_bytes: f64,
    /// Whether more streams were opened than were held, so that more are of no use.
    pub holds_no_more: bool,
}

/// What a series needs next.
pub fn need(series: &SeriesAnalysis, scenario: &Scenario, room: Room) -> Need {
    let lever = series.lever();
    let wanted = scenario.planned_for.filter(|streams| *streams > lever.high);
    if let Some(planned) = wanted.filter(|_| !room.holds_no_more) {
        return Need::Longer(longer(planned, lever.high));
    }
    let precision = scenario.precision();
    if lever.slope.relative_half_width() <= precision {
        return if room.passes < fewest_passes(series, scenario) {
            Need::Trials(lever.ends_and_middle())
        } else {
            Need::Nothing
        };
    }
    // What a real API may cost was told by the ladder, before anything was asked.
    if scenario.is_real() {
        return Need::Trials(scenario.ladder.rungs().to_vec());
    }
    let pairs = lever.pairs_until(precision, lever.low, lever.high);
    // Resident memory of a runtime that tells what is alive is a matter of its collector, which many more streams make no sharper.
    let is_answered = series.line(Quantity::Alive).is_some();
    let is_far = !is_answered && pairs.is_none_or(|pairs| pairs > PAIRS_BEFORE_LONGER);
    if let Some(top) = is_far.then(|| worth_lengthening(&lever, series, scenario, room)).flatten() {
        return Need::Longer(longer(top, lever.high));
    }
    if room.passes < fewest_passes(series, scenario) {
        return Need::Trials(lever.ends_and_middle());
    }
    // What fits into the passes that are left. On a lever that nobody asked for a pair takes long, and the next is judged by it.
    let is_long = lever.high > scenario.ladder.top();
    let pairs_a_pass = if is_long { 1 } else { (scenario.ladder.rungs().len() as u32).div_ceil(2) };
    let is_reached = pairs.is_some_and(|pairs| pairs <= room.passes_left * pairs_a_pass);
    if !is_reached && (is_long || is_answered || hardly_matters(&lever, series, scenario)) {
        return Need::OutOfReach;
    }
    let pairs = pairs.map_or(pairs_a_pass, |pairs| pairs.min(pairs_a_pass));
    Need::Trials([lever.low, lever.high].repeat(pairs as usize))
}

/// The numbers of streams of the first pass. Trials of a program take long and may have to be of other numbers: of five rungs that nobody
/// asked for it gets the ends and the middle, and the least that makes a line where it is measured with more streams anyway.
pub fn first_rungs(scenario: &Scenario, client: &Client) -> Vec<u32> {
    let rungs = scenario.ladder.rungs();
    let (bottom, top) = (scenario.ladder.bottom(), scenario.ladder.top());
    match (client.is_built_in() || !scenario.may_lengthen || scenario.is_real(), scenario.planned_for) {
        (true, _) => rungs.to_vec(),
        (false, Some(_)) => vec![bottom, top, top],
        (false, None) => {
            let mut rungs = vec![bottom, rungs[rungs.len() / 2], top];
            rungs.dedup();
            rungs
        }
    }
}

/// One pass repeats no number, and without repeats scatter and a curve are one thing. Our own programs neither scatter nor bend by more than
/// an interval over five numbers shows.
fn fewest_passes(series: &SeriesAnalysis, scenario: &Scenario) -> u32 {
    if series.fitted.client.is_built_in() && scenario.ladder.rungs().len() >= ENOUGH_RUNGS {
        1
    } else {
        Scenario::MIN_PASSES
    }
}

/// Numbers of streams up to `top`, those that lie beyond what was measured before it in any case.
fn longer(top: u32, measured: u32) -> Vec<u32> {
    let rung = |share: f64| (f64::from(top) * share).round() as u32;
    RUNGS_OF_LONGER.into_iter().map(rung).filter(|rung| *rung > measured / 2).collect()
}

/// The fewest streams above all that were measured with which few pairs would do, or the most that there is room for; `None` where nobody
/// may open more, or did.
fn worth_lengthening(lever: &Lever, series: &SeriesAnalysis, scenario: &Scenario, room: Room) -> Option<u32> {
    let asked = scenario.ladder.top();
    let is_open = scenario.may_lengthen && !series.fitted.client.is_built_in() && !scenario.is_real();
    if !is_open || room.holds_no_more || lever.high > asked {
        return None;
    }
    let has_room = |top: &u32| {
        let needs = series.fitted.needs_at_most(f64::from(*top));
        *top <= room.streams && needs <= SHARE_OF_MEMORY * room.memory_bytes
    };
    let tops: Vec<u32> = LONGER.into_iter().map(|times| asked.saturating_mul(times)).filter(has_room).collect();
    let does = |top: &u32| lever.pairs_until(scenario.precision(), top * 3 / 10, *top).is_some_and(|pairs| pairs <= 2);
    tops.iter().copied().find(does).or(tops.last().copied())
}

/// Whether what is not known of the slope is no more than that share of what as many streams as were asked for need.
fn hardly_matters(lever: &Lever, series: &SeriesAnalysis, scenario: &Scenario) -> bool {
    let asked = f64::from(scenario.asked());
    let unsure = (lever.slope.high - lever.slope.low) / 2.0 * asked;
    unsure <= scenario.precision() * series.full().at(asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::{Analysis, Lines};
    use crate::fit::{Estimate, Line};
    use crate::run::Run;
    use crate::scenario::Stack;

    const RUN: &str = include_str!("../../output/gallery/24-streams/run.json");
    const ROOM: Room = Room { passes: 2, passes_left: 3, streams: 10_000, memory_bytes: 1e11, holds_no_more: false };

    /// A recorded series, as that of a program, and its scenario, in which rungs are free; its trials scatter by so many bytes.
    fn series(scatter: f64) -> (SeriesAnalysis, Scenario) {
        let run: Run = serde_json::from_str(RUN).unwrap();
        let scenario = Scenario { may_lengthen: true, ..run.scenario.clone() };
        let mut series = Analysis::of(&run).unwrap().series.remove(0);
        series.fitted.client = Client::Stack(Stack::NodeSdk);
        let full = *series.full();
        let slope = Estimate::with_error(full.slope.value, scatter / full.sxx.sqrt(), full.degrees_of_freedom());
        series.fitted.lines = Lines::new(Line { slope, residual_sd: scatter, ..full }, []);
        (series, scenario)
    }

    #[test]
    fn what_is_sharp_needs_a_repetition_and_no_more() {
        let (series, scenario) = series(0.0);
        assert_eq!(need(&series, &scenario, ROOM), Need::Nothing);
        assert_eq!(need(&series, &scenario, Room { passes: 1, ..ROOM }), Need::Trials(vec![1, 13, 24]));
        let planned = Scenario { planned_for: Some(200), ..scenario };
        assert_eq!(need(&series, &planned, ROOM), Need::Longer(vec![60, 130, 200]));
        // Who held no more is not asked for more.
        assert_eq!(need(&series, &planned, Room { holds_no_more: true, ..ROOM }), Need::Nothing);
    }

    /// Where each request opens two streams, requests are asked for and not what came of them.
    #[test]
    fn what_was_asked_for_is_asked_for_again() {
        let (mut series, scenario) = series(0.0);
        series.fitted.trials.iter_mut().for_each(|trial| trial.streams = 2 * trial.asked);
        assert_eq!(need(&series, &scenario, Room { passes: 1, ..ROOM }), Need::Trials(vec![1, 13, 24]));
    }

    #[test]
    fn as_many_pairs_as_it_takes() {
        // As much as leaves 6 % of the slope unknown.
        let scatter = 0.06 / series(1.0).0.full().slope.relative_half_width();
        let (series, scenario) = series(scatter);
        let Need::Trials(rungs) = need(&series, &scenario, ROOM) else { panic!("a few pairs do") };
        let pairs = series.lever().pairs_until(0.05, 1, 24).unwrap();
        assert_eq!(rungs, [1, 24].repeat(pairs as usize));
    }

    #[test]
    fn where_too_many_would_have_to_come_more_streams_do() {
        let (series, scenario) = series(5e6);
        let Need::Longer(rungs) = need(&series, &scenario, ROOM) else { panic!("a longer lever") };
        assert_eq!(rungs.last(), Some(&192));
        // Nobody may open more: every pass that was asked for is made, at the ends.
        let told = Scenario { may_lengthen: false, ..scenario.clone() };
        assert_eq!(need(&series, &told, ROOM), Need::Trials(vec![1, 24, 1, 24, 1, 24]));
        let small = Room { memory_bytes: 1e6, ..ROOM };
        assert!(matches!(need(&series, &scenario, small), Need::Trials(_)));
        // Sharp enough for what that many streams need, though not for what one costs.
        let coarse = Scenario { precision: Some(0.4), ..told };
        assert!(matches!(need(&series, &coarse, Room { passes_left: 0, ..ROOM }), Need::Trials(_) | Need::OutOfReach));
    }

    #[test]
    fn a_program_is_asked_for_no_more_at_first_than_it_takes() {
        let (_, scenario) = series(0.0);
        let program = Client::Stack(Stack::NodeSdk);
        assert_eq!(first_rungs(&scenario, &Client::Reqwest), scenario.ladder.rungs());
        assert_eq!(first_rungs(&scenario, &program), [1, 13, 24]);
        assert_eq!(first_rungs(&Scenario { planned_for: Some(200), ..scenario.clone() }, &program), [1, 24, 24]);
        assert_eq!(
            first_rungs(&Scenario { may_lengthen: false, ..scenario.clone() }, &program),
            scenario.ladder.rungs()
        );
    }
}
