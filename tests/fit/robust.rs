//! Theil-Sen, median and quantiles: published answers, and one wrong trial.

use stream_probe::fit::{FitError, Line, Point, TheilSen, median, quantile};

/// The example of P. K. Sen, "Estimates of the Regression Coefficient Based on Kendall's Tau",
/// Journal of the American Statistical Association 63, 1968, section 4: the slope is 4.
#[test]
fn example_of_sen() {
    let x = [1.0, 2.0, 3.0, 4.0, 10.0, 12.0, 18.0];
    let y = [9.0, 15.0, 19.0, 20.0, 45.0, 55.0, 78.0];
    let points: Vec<Point> = x.into_iter().zip(y).map(|(x, y)| Point { x, y }).collect();
    let line = TheilSen::fit(&points).unwrap();
    // The intercept, which Sen does not give, by hand: y - 4 x is 5, 7, 7, 4, 5, 7, 6.
    assert_eq!(line, TheilSen { slope: 4.0, intercept: 6.0 });
    assert_eq!(line.at(10.0), 46.0);
}

/// Ten trials on a line, one of which swapped in 9 MB of something else.
#[test]
fn an_outlier_moves_least_squares_only() {
    let at = |n: f64| 12e6 + 24e3 * n;
    let levels = [1.0, 1.0, 7.0, 7.0, 13.0, 13.0, 18.0, 18.0, 24.0, 24.0];
    let mut points = levels.map(|x| Point { x, y: at(x) });
    points[9].y += 9e6;

    let robust = TheilSen::fit(&points).unwrap();
    assert!((robust.slope - 24e3).abs() < 1e-6, "{robust:?}");
    assert!((robust.intercept - 12e6).abs() < 1e-3, "{robust:?}");
    let line = Line::fit(&points).unwrap();
    assert!(line.slope.value > 5.0 * 24e3, "{line:?}");
}

#[test]
fn the_same_points_are_refused_as_by_least_squares() {
    let points = [(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)].map(|(x, y)| Point { x, y });
    assert_eq!(TheilSen::fit(&points), Err(FitError::SameX));
    assert_eq!(TheilSen::fit(&points[..2]), Err(FitError::TooFew { have: 2, need: 3 }));
    let mut broken = points;
    broken[1].y = f64::NAN;
    assert_eq!(TheilSen::fit(&broken), Err(FitError::NotFinite { index: 1 }));
}

#[test]
fn median_of_odd_and_even() {
    assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), Some(2.5));
    assert_eq!(median(&mut [7.0]), Some(7.0));
    assert_eq!(median(&mut [f64::MAX, f64::MAX]), Some(f64::MAX));
    assert_eq!(median(&mut []), None);
    assert_eq!(median(&mut [1.0, f64::NAN]), None);
    assert_eq!(median(&mut [1.0, f64::INFINITY]), None);
}

/// 29 is the 40th percentile of these five numbers by this definition in the article "Percentile"
/// of Wikipedia (the definition with n + 1 gives 26, and the nearest rank 20).
#[test]
fn quantile_by_definition_7() {
    let mut values = [40.0, 15.0, 50.0, 20.0, 35.0];
    assert!((quantile(&mut values, 0.4).unwrap() - 29.0).abs() < 1e-12);
    assert_eq!(quantile(&mut values, 0.0), Some(15.0));
    assert_eq!(quantile(&mut values, 1.0), Some(50.0));
    assert_eq!(quantile(&mut values, 0.75), Some(40.0));
    for outside in [-0.01, 1.01, f64::NAN] {
        assert_eq!(quantile(&mut values, outside), None);
    }
}
