//! Whether the lines that numbers are read from are lines at all: the answer's, and those that decide what streams need at most.

use super::doubt::{Doubt, FAR};
use super::fitted::Fitted;
use super::quantity::Quantity;
use super::trial::points;
use crate::fit::{LackOfFit, Largest, Line, Point, median};
use std::collections::BTreeMap;

/// Memory comes in pages, and tables double: where trials agree to the page, such steps are surely no line and no curve either. 16 pages.
pub(super) const STEP_BYTES: f64 = 65_536.0;
/// Where the last step costs more or less than this share of the slope, and by more than such a step of memory, the line misses there what it is
/// used for: what one more stream costs.
const STEP_SHARE: f64 = 0.25;

/// About resident memory with all text received.
pub(super) fn of_answer(fitted: &Fitted) -> Option<Doubt> {
    let lack = lack(&points_of(fitted, Quantity::Full), fitted.lines.full(), fitted.streams_max)?;
    Some(Doubt::Curved { misfit: lack.relative_misfit, streams: lack.worst_x })
}

/// About every other quantity that streams may need at most: where its line decides that, and where the trials lead it above what decides. What
/// bends like another one that is doubted is not doubted again.
pub(super) fn of_bound(fitted: &Fitted, confined: bool) -> Vec<Doubt> {
    let used = used_at(fitted, confined);
    let mut curved: Vec<Quantity> = of_answer(fitted).iter().map(|_| Quantity::Full).collect();
    let mut doubts = Vec::new();
    for quantity in most_used_first(fitted, confined, &used) {
        let Some(line) = fitted.lines.get(quantity) else { continue };
        let Some(lack) = lack(&points_of(fitted, quantity), line, fitted.streams_max) else { continue };
        if curved.iter().all(|other| bends_beside(fitted, quantity, *other)) {
            curved.push(quantity);
            doubts.push(Doubt::BoundCurved { quantity, misfit: lack.relative_misfit, streams: lack.worst_x });
        }
    }
    doubts
}

/// The quantities that decide at these numbers of streams: what kills in a confined run, what leads, then others. The answer is not among them.
fn most_used_first(fitted: &Fitted, confined: bool, used: &[f64]) -> Vec<Quantity> {
    let killing = killed_by(fitted, confined).map(|(_, by)| by);
    let deciding = used.iter().map(|streams| fitted.bound().by(*streams));
    let rising = fitted.bound().quantities().filter(|quantity| rises_above(fitted, *quantity, used));
    let mut all = vec![Quantity::Full];
    for quantity in killing.into_iter().chain([fitted.leading()]).chain(deciding).chain(rising) {
        if !all.contains(&quantity) {
            all.push(quantity);
        }
    }
    all.split_off(1)
}

fn killed_by(fitted: &Fitted, confined: bool) -> Option<(Largest, Quantity)> {
    let fits = fitted.fits.filter(|_| confined)?;
    fitted.bound().killed_by(fits.limit_bytes)
}

/// Numbers of streams for which something is said of what they need at most: the most that were measured, as far as a plan follows the line
/// without a doubt, and what a limit leaves room for or kills.
fn used_at(fitted: &Fitted, confined: bool) -> Vec<f64> {
    let most = f64::from(fitted.streams_max);
    let fits = fitted.fits.iter().flat_map(|fits| [fits.streams, fits.streams_at_limit]).flatten();
    let of_limit =
        fits.chain(killed_by(fitted, confined).map(|(streams, _)| streams)).filter_map(|streams| match streams {
            Largest::Whole(streams) => Some(streams as f64),
            Largest::Unbounded => None,
        });
    [most, FAR * most].into_iter().chain(of_limit).collect()
}

fn points_of(fitted: &Fitted, quantity: Quantity) -> Vec<Point> {
    points(&fitted.trials, |trial| trial.get(quantity))
}

/// A lack of fit that is no step of memory.
fn lack(points: &[Point], line: &Line, streams_max: u32) -> Option<LackOfFit> {
    let lack = LackOfFit::test(points, line).filter(LackOfFit::is_curved)?;
    let slope = line.slope.value;
    let rise = slope.abs() * f64::from(streams_max);
    let is_small = lack.relative_misfit.is_some_and(|misfit| misfit * rise < STEP_BYTES);
    (!is_small || misses_last_step(points, slope)).then_some(lack)
}

/// Whether a quantity is curved otherwise than another one is.
fn bends_beside(fitted: &Fitted, quantity: Quantity, other: Quantity) -> bool {
    let beyond = points(&fitted.trials, |trial| Some(trial.get(quantity)? - trial.get(other)?));
    Line::fit(&beyond).is_ok_and(|line| lack(&beyond, &line, fitted.streams_max).is_some())
}

/// A curve's line lies below its end: followed as it goes from the last but one number of streams to the last, the quantity comes above what
/// is said to be needed at most.
fn rises_above(fitted: &Fitted, quantity: Quantity, used: &[f64]) -> bool {
    let Some(last) = LastStep::of(&points_of(fitted, quantity)) else { return false };
    used.iter().any(|streams| last.at(*streams) > fitted.bound().at(*streams))
}

/// Whether the step to the most streams that were measured is another one than the line's, by more than chance and allocators explain.
fn misses_last_step(points: &[Point], slope: f64) -> bool {
    let Some(last) = LastStep::of(points) else { return false };
    let beyond = (last.rise - slope * last.streams).abs();
    beyond > STEP_BYTES && beyond > STEP_SHARE * slope.abs() * last.streams
}

/// From the last but one number of streams that was measured to the last, by the medians of their trials.
struct LastStep {
    /// The last number.
    most: f64,
    /// Bytes there.
    top: f64,
    /// What was added, bytes.
    rise: f64,
    /// By so many streams.
    streams: f64,
}

impl LastStep {
    fn of(points: &[Point]) -> Option<LastStep> {
        // Numbers of streams are whole.
        let mut at: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for point in points {
            at.entry(point.x as u32).or_default().push(point.y);
        }
        let mut levels = at.into_iter().filter_map(|(streams, mut bytes)| Some((streams, median(&mut bytes)?))).rev();
        let ((most, top), (fewer, below)) = (levels.next()?, levels.next()?);
        Some(LastStep { most: f64::from(most), top, rise: top - below, streams: f64::from(most - fewer) })
    }

    /// Followed to so many streams, bytes.
    fn at(&self, streams: f64) -> f64 {
        self.top + self.rise / self.streams * (streams - self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::SeriesAnalysis;
    use crate::cost::made_up::ending;

    const KIB: f64 = 1024.0;

    fn at(levels: &[(f64, f64)]) -> Vec<Point> {
        levels.iter().flat_map(|&(x, kib)| [Point { x, y: kib * KIB }, Point { x, y: kib * KIB + 4096.0 }]).collect()
    }

    #[test]
    fn the_last_step_is_held_against_the_slope() {
        let slope = 237.0 * KIB;
        assert!(
            misses_last_step(&at(&[(1.0, 0.0), (2.0, 190.0), (3.0, 380.0), (4.0, 710.0)]), slope),
            "330 KiB a stream"
        );
        assert!(!misses_last_step(&at(&[(1.0, 0.0), (2.0, 237.0), (4.0, 755.0)]), slope), "a step of memory");
        assert!(!misses_last_step(&at(&[(1.0, 0.0), (8.0, 1659.0), (24.0, 5600.0)]), slope), "4 %");
        assert!(
            !misses_last_step(&at(&[(1.0, 0.0), (12.0, 231.0), (24.0, 530.0)]), 21.0 * KIB),
            "a table that doubles"
        );
        assert!(!misses_last_step(&at(&[(4.0, 9.0)]), slope), "no step");
    }

    fn doubted(series: &SeriesAnalysis) -> Vec<Quantity> {
        let quantity = |doubt: &Doubt| match doubt {
            Doubt::BoundCurved { quantity, .. } => Some(*quantity),
            _ => None,
        };
        series.doubts.iter().filter_map(quantity).collect()
    }

    /// Flat, then 1 MiB a stream: the line through it, followed to 48 streams, is 6 MiB too low.
    #[test]
    fn an_end_that_is_a_curve_is_doubted_by_its_name() {
        for curve in [
            |streams: f64| 2048.0 + 1024.0 * (streams - 13.0).max(0.0),
            |streams: f64| 2048.0 + 1024.0 * (streams - 18.0).max(0.0),
            |streams: f64| 20.0 * streams * streams,
            // The more streams, the cheaper the next.
            |streams: f64| 8192.0 * streams.sqrt(),
        ] {
            let series = ending(curve);
            assert!(!series.is_curved(), "the plateau is a line: {:?}", series.doubts);
            let doubted = doubted(&series);
            assert!(!doubted.is_empty(), "{:?}", series.doubts);
            let decides = [Quantity::AtEnd, Quantity::ContainerPeak];
            assert!(doubted.iter().all(|quantity| decides.contains(quantity)), "{doubted:?}");
            let said: String = series.doubts.iter().map(Doubt::matter).collect();
            assert!(said.contains("whose points do not lie on a line"), "{said}");
        }
    }

    #[test]
    fn an_end_that_is_a_line_is_not() {
        for line in
            [|_: f64| 0.0, |_: f64| 22_528.0, |streams: f64| 1024.0 * streams, |streams: f64| 8192.0 + 40.0 * streams]
        {
            let series = ending(line);
            assert_eq!(doubted(&series), [], "{:?}", series.doubts);
        }
    }

    /// So steep at its end that its line is of no account, and not seen above the plateau's bound yet.
    #[test]
    fn what_its_line_does_not_show_is_followed_along_its_last_step() {
        let series = ending(|streams| 300.0 * (streams - 18.0).max(0.0));
        assert!(rises_above(&series.fitted, Quantity::AtEnd, &[24.0, 48.0]));
        assert!(!doubted(&series).is_empty(), "{:?}", series.doubts);
        let fitted = ending(|_| 0.0).fitted;
        assert!(!rises_above(&fitted, Quantity::AtEnd, &[24.0, 48.0]));
    }
}
