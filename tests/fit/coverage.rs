//! Do the intervals keep their promise? On thousands of experiments with a known truth, an interval
//! of 95 % must contain it 95 times in 100.

use stream_probe::fit::{LackOfFit, Line, Point};

const EXPERIMENTS: usize = 2000;
/// What memory costs in these experiments, in bytes.
const BASE: f64 = 12e6;
const PER_STREAM: f64 = 24e3;
const SCATTER: f64 = 50e3;

/// 95 % of 2,000 has a standard deviation of 0.5 %, so this is four of them to each side.
fn is_95_percent(rate: f64) -> bool {
    (0.93..=0.97).contains(&rate)
}

#[test]
fn the_interval_of_the_slope_contains_the_slope() {
    let rate = rate_of(1, 2, |line, _| contains(line.slope.low, line.slope.high, PER_STREAM));
    println!("slope: {rate}");
    assert!(is_95_percent(rate), "{rate}");
}

#[test]
fn the_interval_of_the_base_contains_the_base() {
    let rate = rate_of(2, 2, |line, _| contains(line.intercept.low, line.intercept.high, BASE));
    println!("base: {rate}");
    assert!(is_95_percent(rate), "{rate}");
}

#[test]
fn the_band_contains_the_mean() {
    let rate = rate_of(3, 2, |line, _| {
        let band = line.confidence_band(20.0);
        contains(band.low, band.high, BASE + PER_STREAM * 20.0)
    });
    println!("mean at 20: {rate}");
    assert!(is_95_percent(rate), "{rate}");
}

/// Within the data and half beyond them.
#[test]
fn one_new_trial_stays_below_the_prediction_bound() {
    for x in [10.0, 36.0] {
        let rate = rate_of(4, 2, |line, random| trial(x, random).y <= line.upper_prediction(x, 0.95));
        println!("new trial at {x}: {rate}");
        assert!(is_95_percent(rate), "{rate} at {x}");
    }
}

/// The same check must turn down what is wrong: the normal quantile in place of Student's (8
/// degrees of freedom), and the band of the mean in place of the prediction bound.
#[test]
fn wrong_intervals_are_found_out() {
    let too_narrow = 1.959_964 / 2.306_004;
    let rate = rate_of(1, 2, |line, _| {
        let half = (line.slope.high - line.slope.value) * too_narrow;
        contains(line.slope.value - half, line.slope.value + half, PER_STREAM)
    });
    println!("slope, normal quantile: {rate}");
    assert!(!is_95_percent(rate), "{rate}");
    let rate = rate_of(4, 2, |line, random| trial(10.0, random).y <= line.confidence_band(10.0).high);
    println!("new trial against the band of the mean: {rate}");
    assert!(!is_95_percent(rate), "{rate}");
}

/// With a true line, p-values are spread evenly: 1 % are below 0.01 and half below 0.5. The bounds
/// are four standard deviations (0.22 % and 1.1 %).
#[test]
fn lack_of_fit_raises_few_false_alarms() {
    let p_value = |line: &Line, points: &[Point]| LackOfFit::test(points, line).unwrap().p_value;
    let p_values: Vec<f64> = experiments(5, 3).map(|(line, points, _)| p_value(&line, &points)).collect();
    let below = |p: f64| p_values.iter().filter(|&&value| value < p).count() as f64 / p_values.len() as f64;
    println!("p < 0.01: {}, p < 0.5: {}", below(0.01), below(0.5));
    assert!(contains(0.002, 0.019, below(0.01)), "{}", below(0.01));
    assert!(contains(0.455, 0.545, below(0.5)), "{}", below(0.5));
}

/// How often `holds` over all experiments; it may go on drawing from their random numbers.
fn rate_of(seed: u64, repeats: usize, mut holds: impl FnMut(&Line, &mut fastrand::Rng) -> bool) -> f64 {
    let held = experiments(seed, repeats).filter_map(|(line, _, mut random)| holds(&line, &mut random).then_some(()));
    held.count() as f64 / EXPERIMENTS as f64
}

/// Experiments as the measurement makes them: five levels, each repeated. Every one has random
/// numbers of its own, and hands on those that it did not use.
fn experiments(seed: u64, repeats: usize) -> impl Iterator<Item = (Line, Vec<Point>, fastrand::Rng)> {
    let mut seeds = fastrand::Rng::with_seed(seed);
    (0..EXPERIMENTS).map(move |_| {
        let mut random = seeds.fork();
        let levels = [1.0, 7.0, 13.0, 18.0, 24.0].into_iter().flat_map(|x| vec![x; repeats]);
        let points: Vec<Point> = levels.map(|x| trial(x, &mut random)).collect();
        (Line::fit(&points).unwrap(), points, random)
    })
}

fn trial(x: f64, random: &mut fastrand::Rng) -> Point {
    Point { x, y: BASE + PER_STREAM * x + SCATTER * normal(random) }
}

/// A standard normal number. Source: G. E. P. Box and M. E. Muller, "A Note on the Generation of
/// Random Normal Deviates", The Annals of Mathematical Statistics 29, 1958.
fn normal(random: &mut fastrand::Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.f64()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.f64()).cos()
}

fn contains(low: f64, high: f64, value: f64) -> bool {
    low <= value && value <= high
}
