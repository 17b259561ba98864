//! Lack of fit: a published answer, a bend that matters, a bend that does not, and no bend.

use stream_probe::fit::{LackOfFit, Line, Point};

/// Minimum deposit and new accounts at 11 bank branches: M. H. Kutner, C. J. Nachtsheim, J. Neter,
/// W. Li, Applied Linear Statistical Models, table 3.4; the test is in section 3.7: F = 14.80 with
/// 4 and 5 degrees of freedom, p = 0.006 (0.005594 by R). Figure 3.11 shows the bend.
#[test]
fn bank_branches() {
    let x = [125.0, 100.0, 200.0, 75.0, 150.0, 175.0, 75.0, 175.0, 125.0, 200.0, 100.0];
    let y = [160.0, 112.0, 124.0, 28.0, 152.0, 156.0, 42.0, 124.0, 150.0, 104.0, 136.0];
    let test = test(&x.into_iter().zip(y).collect::<Vec<_>>()).unwrap();
    assert_eq!((test.lack_degrees, test.error_degrees), (4, 5));
    assert!((test.f.unwrap() - 14.801_361_803_82).abs() < 1e-9);
    assert!((test.p_value - 0.005_593_811_718_69).abs() < 1e-12);
    // By hand: the two branches at 75 have a mean of 35, the line there has 87.225, and it rises by
    // 60.838 from 75 to 200.
    assert_eq!(test.worst_x, 75.0);
    assert!((test.relative_misfit.unwrap() - 0.858_433_734_94).abs() < 1e-9);
    assert!(test.is_curved());
}

/// A runtime whose heap grows in ever smaller steps, as of Node: the more streams, the cheaper the
/// next.
#[test]
fn a_concave_curve_is_flagged() {
    let memory = |n: f64| 60e6 + 1.1e6 * n.powf(0.72);
    let points = repeated(&[10.0, 50.0, 100.0, 200.0, 400.0, 800.0], 800e3, memory);
    let test = test(&points).unwrap();
    assert!(test.p_value < 1e-4 && test.relative_misfit.unwrap() > 0.05, "{test:?}");
    assert!(test.is_curved());
}

/// Trials that repeat to some pages: F is certain of a bend that is 1 % of what the line rises.
#[test]
fn a_certain_but_harmless_bend_is_not_flagged() {
    let memory = |n: f64| 6e6 + 24e3 * n - 400e3 * (n / 800.0).powi(2);
    let points = repeated(&[10.0, 50.0, 100.0, 200.0, 400.0, 800.0], 8e3, memory);
    let test = test(&points).unwrap();
    assert!(test.p_value < LackOfFit::SIGNIFICANCE, "{test:?}");
    assert!(test.relative_misfit.unwrap() < LackOfFit::HARMLESS_MISFIT, "{test:?}");
    assert!(!test.is_curved());
}

/// Noise alone, and so much of it that the means miss the line by more than 3 % of its rise.
#[test]
fn a_straight_noisy_line_is_not_flagged() {
    let points = repeated(&[1.0, 7.0, 13.0, 18.0, 24.0], 60e3, |n| 12e6 + 24e3 * n);
    let test = test(&points).unwrap();
    assert!(test.relative_misfit.unwrap() > LackOfFit::HARMLESS_MISFIT, "{test:?}");
    assert!(test.p_value > 0.05 && !test.is_curved(), "{test:?}");
}

/// Allocation counts repeat exactly: no scatter to divide by, so only the size of the misfit
/// counts.
#[test]
fn repetitions_that_agree_exactly() {
    let twice = |y: [f64; 4]| [1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 4.0].into_iter().zip([y, y].concat());
    let exact = test(&twice([0.1, 0.2, 0.3, 0.4]).collect::<Vec<_>>()).unwrap();
    assert_eq!((exact.f, exact.p_value, exact.is_curved()), (None, 1.0, false));
    let bent = test(&twice([1.0, 4.0, 9.0, 16.0]).collect::<Vec<_>>()).unwrap();
    assert_eq!((bent.f, bent.p_value, bent.is_curved()), (None, 0.0, true));
    let level = test(&twice([1.0, 2.0, 2.0, 1.0]).collect::<Vec<_>>()).unwrap();
    assert_eq!((level.relative_misfit, level.is_curved()), (None, true));
}

#[test]
fn no_test_without_repetitions_or_a_third_level() {
    assert_eq!(test(&[(1.0, 1.0), (2.0, 2.1), (3.0, 2.9), (4.0, 4.0)]), None);
    assert_eq!(test(&[(1.0, 1.0), (1.0, 1.1), (3.0, 2.9), (3.0, 3.0)]), None);
    let broken = [Point { x: 1.0, y: f64::NAN }; 5];
    let line = Line::fit(&points_of(&[(1.0, 1.0), (2.0, 2.1), (3.0, 2.9)])).unwrap();
    assert_eq!(LackOfFit::test(&broken, &line), None);
}

/// Three trials at each x, whose noise (at most `size`) is fixed and has no pattern.
fn repeated(levels: &[f64], size: f64, memory: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    let mut random = fastrand::Rng::with_seed(7);
    let trials = levels.iter().flat_map(|&x| [x; 3]);
    trials.map(|x| (x, memory(x) + size * (2.0 * random.f64() - 1.0))).collect()
}

fn points_of(pairs: &[(f64, f64)]) -> Vec<Point> {
    pairs.iter().map(|&(x, y)| Point { x, y }).collect()
}

fn test(pairs: &[(f64, f64)]) -> Option<LackOfFit> {
    let points = points_of(pairs);
    LackOfFit::test(&points, &Line::fit(&points).unwrap())
}
