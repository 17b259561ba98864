//! Fewer points, same picture.

/// One value at one time.
type Sample = (f64, f64);

/// Keeps, of the points that fall into one of `columns` columns, the first, the lowest, the highest and the last: what
/// a screen of that width can show. Peaks survive. The points must be in the order of time.
pub(super) fn thinned(points: &[Sample], columns: usize) -> Vec<Sample> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Vec::new();
    };
    let columns = columns.max(1);
    let span = last.0 - first.0;
    if points.len() <= columns * 4 || span <= 0.0 {
        return points.to_vec();
    }
    let column_of = |point: &Sample| ((point.0 - first.0) / span * columns as f64) as usize;
    points.chunk_by(|a, b| column_of(a) == column_of(b)).flat_map(extremes).collect()
}

/// The first, lowest, highest and last point of a column, in their order, each once.
fn extremes(column: &[Sample]) -> impl Iterator<Item = Sample> + '_ {
    let value = |index: &usize| column[*index].1;
    let by_value = |a: &usize, b: &usize| value(a).total_cmp(&value(b));
    let lowest = (0..column.len()).min_by(by_value).unwrap_or(0);
    let highest = (0..column.len()).max_by(by_value).unwrap_or(0);
    let mut kept = [0, lowest, highest, column.len() - 1];
    kept.sort_unstable();
    let mut before = None;
    kept.into_iter().filter(move |index| before.replace(*index) != Some(*index)).map(|index| column[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_and_dips_survive() {
        let mut points: Vec<Sample> = (0..12_500).map(|i| (f64::from(i) * 0.02, 5.0)).collect();
        points[7_001].1 = 9.0;
        points[7_003].1 = 1.0;
        let few = thinned(&points, 800);
        assert!(few.len() <= 801 * 4, "{}", few.len());
        assert!(few.contains(&points[7_001]) && few.contains(&points[7_003]));
        assert_eq!(few.first(), points.first());
        assert_eq!(few.last(), points.last());
        assert!(few.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn few_points_are_left_alone() {
        let points = [(0.0, 1.0), (1.0, 2.0)];
        assert_eq!(thinned(&points, 10), points);
        assert!(thinned(&[], 10).is_empty());
    }
}
