//! The line: published answers, exact lines, what is refused, and how far below a limit it reaches.

use stream_probe::fit::{Estimate, FitError, Intercept, Largest, LeastSquares, Line, Point};

/// Lot size and work hours of 25 production runs at the Toluca Company: M. H. Kutner, C. J.
/// Nachtsheim, J. Neter, W. Li, Applied Linear Statistical Models, table 1.1. The answers asserted
/// below are those printed in its chapters 1 and 2.
const TOLUCA: [(f64, f64); 25] = [
    (80.0, 399.0),
    (30.0, 121.0),
    (50.0, 221.0),
    (90.0, 376.0),
    (70.0, 361.0),
    (60.0, 224.0),
    (120.0, 546.0),
    (80.0, 352.0),
    (100.0, 353.0),
    (50.0, 157.0),
    (40.0, 160.0),
    (70.0, 252.0),
    (90.0, 389.0),
    (20.0, 113.0),
    (110.0, 435.0),
    (100.0, 420.0),
    (30.0, 212.0),
    (50.0, 268.0),
    (90.0, 377.0),
    (110.0, 421.0),
    (30.0, 273.0),
    (90.0, 468.0),
    (40.0, 244.0),
    (80.0, 342.0),
    (70.0, 323.0),
];

#[test]
fn toluca_coefficients() {
    let line = fit(&TOLUCA);
    near(line.intercept.value, 62.37, 0.005);
    near(line.slope.value, 3.5702, 0.000_05);
    near(line.slope.low, 2.85, 0.005);
    near(line.slope.high, 4.29, 0.005);
    near(line.residual_sd.powi(2), 2384.0, 0.5);
    near(line.r_squared, 0.822, 0.000_5);
    near(line.sxx, 19_800.0, 1e-9);
    near(line.mean_x, 70.0, 1e-12);
    assert_eq!((line.n, line.degrees_of_freedom()), (25, 23));
}

/// Printed as 90 % two-sided prediction intervals, whose upper end is the 95 % one-sided bound:
/// 209.04 to 379.81 for a lot of 65, and 332.2 to 506.6 for a lot of 100.
#[test]
fn toluca_prediction() {
    let line = fit(&TOLUCA);
    near(line.upper_prediction(65.0, 0.95), 379.81, 0.005);
    near(line.upper_prediction(100.0, 0.95), 506.6, 0.05);
    near(line.upper_prediction(100.0, 0.05), 332.2, 0.05);
    near(line.upper_prediction(100.0, 0.5), line.at(100.0), 1e-9);
}

/// The book's interval for the mean at 65 has 90 % (277.4 to 311.4); the 95 % here are from the
/// same data in rational arithmetic.
#[test]
fn toluca_mean() {
    let band = fit(&TOLUCA).confidence_band(65.0);
    near(band.value, 294.4289898989899, 1e-9);
    near(band.low, 273.912915311927, 1e-9);
    near(band.high, 314.9450644860528, 1e-9);
}

#[test]
fn toluca_below_a_limit() {
    let line = fit(&TOLUCA);
    assert_eq!(line.largest_below(506.0, 0.95), Some(Largest::Whole(99)));
    assert_eq!(line.largest_below(507.0, 0.95), Some(Largest::Whole(100)));
    assert_eq!(line.largest_below(100.0, 0.95), None);
}

#[test]
fn an_exact_line_has_no_width() {
    for (a, b) in [(3.0, 2.0), (0.0, 2.0), (-7.0, -0.5), (5.0, 0.0), (0.0, 0.0)] {
        let line = fit(&[1.0, 7.0, 13.0, 18.0, 24.0].map(|x| (x, a + b * x)));
        for (estimate, exact) in [(line.intercept, a), (line.slope, b)] {
            assert_eq!([estimate.low, estimate.value, estimate.high], [exact; 3]);
        }
        assert_eq!((line.residual_sd, line.r_squared), (0.0, 1.0));
        let band = line.confidence_band(100.0);
        assert_eq!([band.low, band.value, band.high], [a + 100.0 * b; 3]);
        for confidence in [0.0, 0.5, 0.95, 1.0] {
            assert_eq!(line.upper_prediction(100.0, confidence), a + 100.0 * b);
        }
    }
}

/// Scatter of a unit on a base of 10^15: its digits must not be lost in the size.
#[test]
fn large_numbers_keep_their_digits() {
    let noise = [1.0, -2.0, 0.0, 1.0];
    let points: Vec<(f64, f64)> =
        [0.0, 1.0, 2.0, 3.0].into_iter().zip(noise).map(|(x, noise)| (x, 1e15 + 24_000.0 * x + noise)).collect();
    let line = fit(&points);
    // By hand: the noise has mean 0 and slope 1/5, and leaves 6 - 1/5 for 2 degrees of freedom.
    near(line.slope.value, 24_000.2, 1e-9);
    near(line.intercept.value, 1e15 - 0.3, 0.1);
    near(line.residual_sd, 2.9_f64.sqrt(), 1e-12);
}

#[test]
fn what_is_refused() {
    let refused = |points: &[(f64, f64)]| Line::fit(&points_of(points)).unwrap_err();
    let two = [(1.0, 1.0), (2.0, 2.0)];
    assert_eq!(refused(&two), FitError::TooFew { have: 2, need: 3 });
    assert_eq!(refused(&[(4.0, 1.0), (4.0, 2.0), (4.0, 3.0)]), FitError::SameX);
    assert_eq!(refused(&[(0.0, 1.0), (-0.0, 2.0), (0.0, 3.0)]), FitError::SameX);
    for bad in [f64::NAN, f64::INFINITY] {
        assert_eq!(refused(&[two[0], two[1], (bad, 1.0)]), FitError::NotFinite { index: 2 });
        assert_eq!(refused(&[two[0], (1.0, bad), two[1]]), FitError::NotFinite { index: 1 });
    }
    let indistinct = [(1e16, 1.0), (1e16 + 2.0, 2.0), (1e16 + 4.0, 3.0)];
    assert_eq!(refused(&indistinct), FitError::Dependent { coefficient: 1 });
    let steep = [(1e-300, 1e300), (2e-300, 2e300), (3e-300, 3e300)];
    assert_eq!(refused(&steep), FitError::OutOfRange);
    assert_eq!(
        FitError::TooFew { have: 2, need: 3 }.to_string(),
        "2 observations are too few: this fit needs at least 3"
    );
}

#[test]
fn least_squares_refuses_what_it_cannot_tell_apart() {
    let ones = [1.0; 5];
    let x = [1.0, 2.0, 3.0, 4.0, 6.0];
    let thirds = x.map(|x| x / 3.0 + 0.1);
    let fit = |columns: &[&[f64]]| LeastSquares::fit(columns, &x, Intercept::Fitted).map(|_| ());
    let dependent = |coefficient| Err(FitError::Dependent { coefficient });
    assert_eq!(fit(&[&ones]), dependent(1));
    assert_eq!(fit(&[&x, &thirds]), dependent(2));
    assert_eq!(fit(&[&[0.0; 5]]), dependent(1));
    let short = FitError::UnequalLengths { column: 1, have: 4, need: 5 };
    assert_eq!(fit(&[&x, &x[..4]]), Err(short));
    assert_eq!(fit(&[&x, &x, &x, &x]), Err(FitError::TooFew { have: 5, need: 6 }));
}

/// Two causes at once: bytes for each stream and bytes for each kilobyte kept, as an exact plane.
#[test]
fn least_squares_takes_two_columns() {
    let streams = [10.0, 10.0, 50.0, 50.0, 100.0];
    let kept = [0.0, 40.0, 10.0, 200.0, 100.0];
    let y: Vec<f64> = streams.iter().zip(kept).map(|(n, k)| 5e6 + 24e3 * n + 1100.0 * k).collect();
    let fit = LeastSquares::fit(&[&streams, &kept], &y, Intercept::Fitted).unwrap();
    let values: Vec<f64> = fit.coefficients.iter().map(|c| c.value).collect();
    assert_eq!(values, [5e6, 24e3, 1100.0]);
    assert_eq!((fit.residual_sd, fit.r_squared, fit.degrees_of_freedom), (0.0, 1.0, 2));
}

#[test]
fn an_exact_line_below_a_limit() {
    let rising = fit(&[1.0, 2.0, 4.0].map(|x| (x, 10.0 + 2.0 * x)));
    assert_eq!(rising.largest_below(30.0, 0.95), Some(Largest::Whole(10)));
    assert_eq!(rising.largest_below(31.9, 0.95), Some(Largest::Whole(10)));
    assert_eq!(rising.largest_below(10.0, 0.95), Some(Largest::Whole(0)));
    assert_eq!(rising.largest_below(9.9, 0.95), None);
    assert_eq!(rising.largest_below(f64::NAN, 0.95), None);
    let falling = fit(&[1.0, 2.0, 4.0].map(|x| (x, 10.0 - 2.0 * x)));
    assert_eq!(falling.largest_below(-1e6, 0.95), Some(Largest::Unbounded));
    let level = fit(&[1.0, 2.0, 4.0].map(|x| (x, 10.0)));
    assert_eq!(level.largest_below(10.0, 0.95), Some(Largest::Unbounded));
    assert_eq!(level.largest_below(9.9, 0.95), None);
}

/// A slope of about 0 with scatter: the bound opens on both sides of the data.
#[test]
fn an_unsure_slope_below_a_limit() {
    let line = fit(&[(10.0, 5.0), (10.0, 6.0), (20.0, 6.0), (20.0, 5.0), (30.0, 5.5)]);
    near(line.slope.value, 0.0, 1e-12);
    let bound = |x: f64| line.upper_prediction(x, 0.95);
    assert!(bound(0.0) > bound(18.0) && bound(40.0) > bound(18.0));
    let between = (bound(0.0) + bound(18.0)) / 2.0;
    let Some(Largest::Whole(x)) = line.largest_below(between, 0.95) else {
        panic!("the bound is below {between} at 18 and above it far out");
    };
    assert!(x > 18 && bound(x as f64) <= between && bound(x as f64 + 1.0) > between);
    assert_eq!(line.largest_below(bound(18.0) - 1.0, 0.95), None);
}

/// The bound may touch the limit between two whole numbers, with only the upper one inside.
#[test]
fn the_lowest_point_lies_between_whole_numbers() {
    let line = fit(&[(10.0, 5.0), (10.0, 6.0), (20.0, 6.0), (20.0, 5.0), (29.0, 5.5)]);
    let bound = |x: f64| line.upper_prediction(x, 0.95);
    assert!(bound(17.0) > bound(18.0) && bound(19.0) > bound(18.0));
    let limit = bound(18.0).next_up();
    assert_eq!(line.largest_below(limit, 0.95), Some(Largest::Whole(18)));
}

#[test]
fn confidence_at_its_ends() {
    let line = fit(&TOLUCA);
    assert_eq!(line.upper_prediction(65.0, 1.0), f64::INFINITY);
    assert_eq!(line.upper_prediction(65.0, 0.0), f64::NEG_INFINITY);
    assert!(line.upper_prediction(65.0, f64::NAN).is_nan());
    assert_eq!(line.largest_below(500.0, 1.0), None);
    assert_eq!(line.largest_below(500.0, 0.0), Some(Largest::Unbounded));
    assert_eq!(line.largest_below(500.0, f64::NAN), None);
}

#[test]
fn an_interval_in_another_unit() {
    let bytes = Estimate { value: 24_000.0, low: 21_600.0, high: 26_400.0 };
    let kilobytes = bytes.divided_by(1000.0);
    assert_eq!(kilobytes, Estimate { value: 24.0, low: 21.6, high: 26.4 });
    near(kilobytes.relative_half_width(), 0.1, 1e-15);
    assert_eq!(Estimate { value: 0.0, low: 0.0, high: 0.0 }.relative_half_width(), 0.0);
    assert_eq!(Estimate { value: 0.0, low: -1.0, high: 1.0 }.relative_half_width(), f64::INFINITY);
}

/// JSON may change the last digit of a float, no more.
#[test]
fn a_line_survives_being_written_down() {
    let line = fit(&TOLUCA);
    let text = serde_json::to_string(&line).unwrap();
    let read: Line = serde_json::from_str(&text).unwrap();
    assert_eq!(read.n, line.n);
    near(read.slope.high, line.slope.high, 1e-14);
    near(read.residual_sd, line.residual_sd, 1e-13);
}

fn points_of(pairs: &[(f64, f64)]) -> Vec<Point> {
    pairs.iter().map(|&(x, y)| Point { x, y }).collect()
}

fn fit(pairs: &[(f64, f64)]) -> Line {
    Line::fit(&points_of(pairs)).unwrap()
}

#[track_caller]
fn near(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{got} instead of {expected}");
}
