//! What must hold for any points: units, origin and order do not change what a line says.

use proptest::prelude::*;
use stream_probe::fit::{Estimate, Largest, Line, Point, TheilSen};

/// 3 to 20 points as of an experiment: x a count, at least two of them different.
fn points() -> impl Strategy<Value = Vec<Point>> {
    let point = (0..60i32, -1e4..1e4f64).prop_map(|(x, y)| Point { x: f64::from(x), y });
    let points = prop::collection::vec(point, 3..20);
    points.prop_filter("one x alone", |points| points.iter().any(|p| p.x != points[0].x))
}

/// How far apart two fits of such points may be: their numbers are known to 53 binary digits.
const SIZE: f64 = 1e-8;

proptest! {
    #[test]
    fn an_interval_contains_its_value(points in points()) {
        let line = Line::fit(&points).unwrap();
        for e in [line.intercept, line.slope, line.confidence_band(30.0)] {
            prop_assert!(e.low <= e.value && e.value <= e.high);
        }
        prop_assert!((0.0..=1.0).contains(&line.r_squared));
        prop_assert!(line.upper_prediction(30.0, 0.975) >= line.confidence_band(30.0).high);
    }

    #[test]
    fn the_order_of_points_does_not_matter(points in points(), seed: u64) {
        let mut shuffled = points.clone();
        fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
        let (a, b) = (Line::fit(&points).unwrap(), Line::fit(&shuffled).unwrap());
        prop_assert!(same(a.slope, b.slope, |v| v) && same(a.intercept, b.intercept, |v| v));
        prop_assert_eq!(TheilSen::fit(&points), TheilSen::fit(&shuffled));
    }

    #[test]
    fn a_shift_of_x_moves_the_intercept_only(points in points(), by in -1000..1000i32) {
        let by = f64::from(by);
        let moved = mapped(&points, |p| Point { x: p.x + by, y: p.y });
        let (a, b) = (Line::fit(&points).unwrap(), Line::fit(&moved).unwrap());
        prop_assert!(same(a.slope, b.slope, |v| v));
        prop_assert!(same(a.confidence_band(0.0), b.confidence_band(by), |v| v));
        let [here, there] = [a.upper_prediction(9.0, 0.9), b.upper_prediction(9.0 + by, 0.9)];
        prop_assert!((here - there).abs() < SIZE);
        let (a, b) = (TheilSen::fit(&points).unwrap(), TheilSen::fit(&moved).unwrap());
        prop_assert_eq!(a.slope, b.slope);
        prop_assert!((a.at(9.0) - b.at(9.0 + by)).abs() < SIZE);
    }

    #[test]
    fn a_shift_of_y_moves_the_intercept_only(points in points(), by in -1e4..1e4f64) {
        let moved = mapped(&points, |p| Point { x: p.x, y: p.y + by });
        let (a, b) = (Line::fit(&points).unwrap(), Line::fit(&moved).unwrap());
        prop_assert!(same(a.slope, b.slope, |v| v));
        prop_assert!(same(a.intercept, b.intercept, |v| v + by));
        prop_assert!((a.residual_sd - b.residual_sd).abs() < SIZE);
    }

    #[test]
    fn units_come_through(points in points(), x_unit in 0.001..1000f64, y_unit in 0.001..1000f64) {
        let other = mapped(&points, |p| Point { x: p.x * x_unit, y: p.y * y_unit });
        let (a, b) = (Line::fit(&points).unwrap(), Line::fit(&other).unwrap());
        prop_assert!(same(b.slope, a.slope, |v| v * x_unit / y_unit));
        prop_assert!(same(b.intercept, a.intercept, |v| v / y_unit));
        prop_assert!((a.residual_sd - b.residual_sd / y_unit).abs() < SIZE);
        prop_assert!((a.r_squared - b.r_squared).abs() < SIZE);
    }

    #[test]
    fn turning_y_over_turns_the_intervals_over(points in points()) {
        let over = mapped(&points, |p| Point { x: p.x, y: -p.y });
        let (a, b) = (Line::fit(&points).unwrap(), Line::fit(&over).unwrap());
        let turned = |e: Estimate| Estimate { value: -e.value, low: -e.high, high: -e.low };
        prop_assert!(same(a.slope, turned(b.slope), |v| v));
        prop_assert!(same(a.intercept, turned(b.intercept), |v| v));
    }

    /// The answer is looked for by halving; here every whole number is tried.
    #[test]
    fn the_largest_below_is_the_largest(
        points in points(), limit in -3e4..3e4f64, confidence in 0.01..0.999f64,
    ) {
        let line = Line::fit(&points).unwrap();
        let fits = |x: u64| line.upper_prediction(x as f64, confidence) <= limit;
        let seen = (0..3000).rev().find(|&x| fits(x));
        match line.largest_below(limit, confidence) {
            None => prop_assert_eq!(seen, None),
            Some(Largest::Whole(x)) if x < 2999 => prop_assert_eq!(seen, Some(x)),
            Some(Largest::Whole(x)) => prop_assert!(fits(x) && !fits(x + 1)),
            Some(Largest::Unbounded) => prop_assert!(fits(1 << 50)),
        }
    }
}

fn mapped(points: &[Point], map: impl Fn(Point) -> Point) -> Vec<Point> {
    points.iter().copied().map(map).collect()
}

/// Whether `b` is `a` seen through `map`.
fn same(a: Estimate, b: Estimate, map: impl Fn(f64) -> f64) -> bool {
    let pairs = [(a.value, b.value), (a.low, b.low), (a.high, b.high)];
    pairs.iter().all(|&(a, b)| (map(a) - b).abs() <= SIZE * (1.0 + b.abs()))
}
