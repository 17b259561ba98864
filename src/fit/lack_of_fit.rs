//! Is it a line at all? Trials repeated at the same x can tell.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::line::{Line, Point};

/// The scatter between repetitions at the same x is what chance does. If the means of the
/// repetitions miss the line by more than that can explain, the truth is curved.
///
/// With c different x, n points, mean g and height of the line h at each x:
///
/// ```text
/// pure error   SSpe = sum (y - g)^2          with n - c degrees of freedom
/// lack of fit  SSlf = sum (g - h)^2          with c - 2   (each sum over all n points)
/// F = (SSlf / (c - 2)) / (SSpe / (n - c))
/// ```
///
/// Source: M. H. Kutner, C. J. Nachtsheim, J. Neter, W. Li, Applied Linear Statistical Models,
/// section 3.7.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LackOfFit {
    /// Lack of fit against pure error; about 1 on a true line. `None` if repetitions agree exactly,
    /// so that there is nothing to divide by.
    pub f: Option<f64>,
    /// c - 2: different x, less the two numbers of the line.
    pub lack_degrees: usize,
    /// n - c: points, less different x.
    pub error_degrees: usize,
    /// How often a true line would give an F this large, 0 to 1. Without pure error it is 1 if the
    /// line meets every mean, as far as 64-bit numbers can tell, and 0 if it does not.
    pub p_value: f64,
    /// The largest |g - h| over all x, divided by the rise of the line over the data, |slope|
    /// (largest x - smallest x): 0.05 says that somewhere the line is off by a twentieth of all
    /// that it rises. `None` if the line is level.
    pub relative_misfit: Option<f64>,
    /// The x where |g - h| is largest.
    pub worst_x: f64,
}

impl LackOfFit {
    /// A line is rejected when a true one would look this bad less often than this.
    pub const SIGNIFICANCE: f64 = 0.01;
    /// A misfit up to this share of the line's rise does no harm, however certain it is.
    pub const HARMLESS_MISFIT: f64 = 0.03;

    /// Tests `line` against the points that it was fitted to. Points are repetitions when their x
    /// are equal.
    ///
    /// `None` if there are no repetitions, or fewer than 3 different x (a line meets two means
    /// always), or a point is not finite.
    pub fn test(points: &[Point], line: &Line) -> Option<Self> {
        if points.iter().any(|p| !(p.x.is_finite() && p.y.is_finite())) {
            return None;
        }
        let groups = group_by_x(points);
        let lack_degrees = groups.len().checked_sub(2).filter(|&degrees| degrees > 0)?;
        let error_degrees = points.len().checked_sub(groups.len()).filter(|&degrees| degrees > 0)?;
        let worst = groups.iter().max_by(|a, b| a.miss(line).total_cmp(&b.miss(line)))?;
        let miss = worst.miss(line);
        let height = points.iter().fold(0.0, |most: f64, p| most.max(p.y.abs()));
        let meets_all = miss <= 8.0 * f64::EPSILON * height;

        let pure_error: f64 = groups.iter().map(|group| group.scatter).sum();
        let lack: f64 = groups.iter().map(|group| group.count as f64 * group.miss(line).powi(2)).sum();
        let ratio = (lack / lack_degrees as f64) / (pure_error / error_degrees as f64);
        let f = (pure_error > 0.0 && ratio.is_finite()).then_some(ratio);
        let p_value = match f {
            Some(f) => chance_of_f(f, lack_degrees, error_degrees),
            None if meets_all => 1.0,
            None => 0.0,
        };
        let rise = line.slope.value.abs() * (groups.last()?.x - groups.first()?.x);
        let relative_misfit = (rise > 0.0).then(|| miss / rise).filter(|misfit| misfit.is_finite());
        Some(Self { f, lack_degrees, error_degrees, p_value, relative_misfit, worst_x: worst.x })
    }

    /// Whether the line should not be believed: rejected at 1 %, *and* off by more than 3 % of its
    /// rise (any amount, if it is level).
    ///
    /// Both are needed. When repetitions agree to a few pages of memory, F rejects a bend that
    /// nobody would ever notice; and when they scatter, a large misfit may be chance.
    pub fn is_curved(&self) -> bool {
        let matters = self.relative_misfit.is_none_or(|misfit| misfit > Self::HARMLESS_MISFIT);
        self.p_value < Self::SIGNIFICANCE && matters
    }
}

/// The points at one x.
struct Group {
    x: f64,
    count: usize,
    mean: f64,
    /// Sum of squared distances from the mean.
    scatter: f64,
}

impl Group {
    fn new(points: &[Point]) -> Self {
        let first = points[0];
        // Measured from the first, the mean of equal values is exactly their value, and the scatter
        // exactly 0.
        let offset = points.iter().map(|p| p.y - first.y).sum::<f64>() / points.len() as f64;
        let scatter = points.iter().map(|p| (p.y - first.y - offset).powi(2)).sum();
        Self { x: first.x, count: points.len(), mean: first.y + offset, scatter }
    }

    fn miss(&self, line: &Line) -> f64 {
        (self.mean - line.at(self.x)).abs()
    }
}

/// In the order of x.
fn group_by_x(points: &[Point]) -> Vec<Group> {
    let mut sorted = points.to_vec();
    sorted.sort_unstable_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    sorted.chunk_by(|a, b| a.x == b.x).map(Group::new).collect()
}

/// The probability of an F at least this large. Source of the distribution: statrs.
fn chance_of_f(f: f64, lack_degrees: usize, error_degrees: usize) -> f64 {
    // The constructor refuses only degrees that are not positive, and there are none here.
    FisherSnedecor::new(lack_degrees as f64, error_degrees as f64).map_or(f64::NAN, |distribution| distribution.sf(f))
}
