//! The decomposition behind least squares: columns = Q R, by reflections.
//!
//! Source: G. H. Golub and C. F. Van Loan, Matrix Computations, sections 5.1 and 5.2.

use super::error::FitError;
use super::twofold::Twofold;

/// A column divided by a power of two, which is exact, so that its largest entry is between 1 and 2
/// and no square of an entry can overflow.
pub(super) struct Scaled {
    pub(super) entries: Vec<Twofold>,
    /// What an entry of 1 stands for.
    pub(super) unit: f64,
}

impl Scaled {
    pub(super) fn new(values: &[f64]) -> Self {
        let largest = values.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        // Clearing all but the exponent leaves the power of two. Numbers too small to have an
        // exponent are left as they are.
        let power = f64::from_bits(largest.to_bits() & f64::INFINITY.to_bits());
        let unit = if power == 0.0 { 1.0 } else { power };
        let entries = values.iter().map(|&value| Twofold::from(value / unit)).collect();
        Self { entries, unit }
    }
}

/// Columns = Q R with Q orthogonal, and the observations as Q transposed sees them.
pub(super) struct Decomposed {
    /// Column j of R is in the first j + 1 entries of `columns[j]`.
    columns: Vec<Scaled>,
    /// Length of each column before it was decomposed, in its scaled unit.
    lengths: Vec<Twofold>,
    /// The first entries belong to the coefficients, the others are the residual.
    y: Scaled,
}

impl Decomposed {
    /// All columns and y are of one length, and there are fewer columns than that.
    ///
    /// # Errors
    /// [`FitError::Dependent`] for the first column that lies in the span of those before it.
    pub(super) fn new(mut columns: Vec<Scaled>, mut y: Scaled) -> Result<Self, FitError> {
        let lengths = columns.iter().map(|column| length(&column.entries)).collect::<Vec<_>>();
        for k in 0..columns.len() {
            let (done, rest) = columns.split_at_mut(k + 1);
            let column = &mut done[k].entries;
            // Entries come with 53 binary digits. What is left of a column beyond those is its
            // rounding, not its meaning.
            let least = lengths[k].rounded() * f64::EPSILON * column.len() as f64;
            let mirror = Mirror::onto_first(&column[k..]);
            if mirror.length.rounded() <= least {
                return Err(FitError::Dependent { coefficient: k });
            }
            for other in rest.iter_mut().chain([&mut y]) {
                mirror.reflect(&mut other.entries[k..]);
            }
            column[k] = mirror.image;
        }
        Ok(Self { columns, lengths, y })
    }

    /// What an x of 1 in column j does to y, for every coefficient, in scaled units.
    pub(super) fn solution(&self) -> Vec<Twofold> {
        self.solve(&self.y.entries[..self.columns.len()])
    }

    /// What no coefficient explains: its length is the root of the residual sum of squares.
    pub(super) fn residual(&self) -> &[Twofold] {
        &self.y.entries[self.columns.len()..]
    }

    /// Length of the observations, in their scaled unit.
    pub(super) fn y_length(&self) -> Twofold {
        length(&self.y.entries)
    }

    /// Length of column j before the decomposition, in its scaled unit.
    pub(super) fn column_length(&self, j: usize) -> Twofold {
        self.lengths[j]
    }

    /// The standard error of each coefficient for a residual deviation of 1, in scaled units.
    ///
    /// These are the roots of the diagonal of (columns' columns) inverted, which is the same as the
    /// lengths of the rows of R inverted, without squaring anything first.
    pub(super) fn error_factors(&self) -> Vec<Twofold> {
        let count = self.columns.len();
        let mut sums = vec![Twofold::ZERO; count];
        for j in 0..count {
            let mut unit = vec![Twofold::ZERO; j + 1];
            unit[j] = Twofold::from(1.0);
            for (sum, entry) in sums.iter_mut().zip(self.solve(&unit)) {
                *sum = *sum + entry * entry;
            }
        }
        sums.into_iter().map(Twofold::sqrt).collect()
    }

    /// Coefficient j in the caller's units.
    pub(super) fn unscaled(&self, j: usize, scaled: Twofold) -> f64 {
        scaled.rounded() * self.y.unit / self.columns[j].unit
    }

    /// An observation in the caller's unit.
    pub(super) fn unscaled_y(&self, scaled: Twofold) -> f64 {
        scaled.rounded() * self.y.unit
    }

    /// R x = right, from the last row upwards.
    fn solve(&self, right: &[Twofold]) -> Vec<Twofold> {
        let mut solution = right.to_vec();
        for row in (0..solution.len()).rev() {
            let later = row + 1..solution.len();
            let known = later.map(|j| self.columns[j].entries[row] * solution[j]).sum();
            solution[row] = (solution[row] - known) / self.columns[row].entries[row];
        }
        solution
    }
}

/// A Householder reflection.
struct Mirror {
    /// Perpendicular to the mirror.
    normal: Vec<Twofold>,
    normal_squared: Twofold,
    /// Length of the vector that the mirror was made for.
    length: Twofold,
    /// The one entry, the first, of that vector's image that is not 0.
    image: Twofold,
}

impl Mirror {
    /// The mirror in which `vector` is seen along the first axis, on the far side, so that no
    /// digits cancel.
    fn onto_first(vector: &[Twofold]) -> Self {
        let length = length(vector);
        let image = if vector[0].is_negative() { length } else { -length };
        let mut normal = vector.to_vec();
        normal[0] = normal[0] - image;
        let normal_squared = squares(&normal);
        Self { normal, normal_squared, length, image }
    }

    fn reflect(&self, vector: &mut [Twofold]) {
        let along: Twofold = self.normal.iter().zip(vector.iter()).map(|(&n, &v)| n * v).sum();
        let twice = (along + along) / self.normal_squared;
        for (entry, &n) in vector.iter_mut().zip(&self.normal) {
            *entry = *entry - twice * n;
        }
    }
}

/// The sum of the squares.
pub(super) fn squares(values: &[Twofold]) -> Twofold {
    values.iter().map(|&value| value * value).sum()
}

/// The root of the sum of the squares.
pub(super) fn length(values: &[Twofold]) -> Twofold {
    squares(values).sqrt()
}
