//! Labels that stand beside what they name, and do not cover one another.

/// A label's wish: its middle, and the room it takes along the line it may move on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wish {
    pub(super) middle: f64,
    pub(super) room: f64,
}

/// Where the middles of the labels go: in the order of their wishes, none overlapping, all between `from` and `to`,
/// and as near to the wishes as that allows (the sum of squares is the least possible). If they do not all fit, they
/// overlap evenly.
pub(super) fn spread(wishes: &[Wish], from: f64, to: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wishes.len()).collect();
    order.sort_by(|a, b| wishes[*a].middle.total_cmp(&wishes[*b].middle));

    let needed: f64 = wishes.iter().map(|wish| wish.room).sum();
    let squeeze = ((to - from) / needed).min(1.0);
    // With the room of those before it taken away, a label may stand anywhere not before its predecessor.
    let mut taken = 0.0;
    let offsets: Vec<f64> = order
        .iter()
        .map(|index| {
            let offset = taken + wishes[*index].room * squeeze / 2.0;
            taken += wishes[*index].room * squeeze;
            offset
        })
        .collect();
    let free = order.iter().zip(&offsets).map(|(index, offset)| wishes[*index].middle - offset);
    let rising = nearest_rising(free);

    let mut middles = vec![0.0; wishes.len()];
    for ((index, offset), place) in order.into_iter().zip(offsets).zip(rising) {
        middles[index] = place.clamp(from, (to - taken).max(from)) + offset;
    }
    middles
}

/// The never falling sequence nearest to `values`: neighbours that fall are pooled at their mean.
fn nearest_rising(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for value in values {
        let mut pool = (value, 1);
        while let Some((mean, size)) = pools.pop_if(|(mean, _)| *mean > pool.0) {
            let total = size + pool.1;
            pool = ((mean * size as f64 + pool.0 * pool.1 as f64) / total as f64, total);
        }
        pools.push(pool);
    }
    pools.into_iter().flat_map(|(mean, size)| std::iter::repeat_n(mean, size)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(middles: &[f64]) -> Vec<Wish> {
        let wish = |middle: &f64| Wish { middle: *middle, room: 10.0 };
        middles.iter().map(wish).collect()
    }

    #[test]
    fn labels_with_room_stay() {
        assert_eq!(spread(&at(&[50.0, 20.0]), 0.0, 100.0), [50.0, 20.0]);
    }

    #[test]
    fn crowded_labels_part_evenly_around_their_middle() {
        assert_eq!(spread(&at(&[50.0, 50.0, 50.0]), 0.0, 100.0), [40.0, 50.0, 60.0]);
    }

    #[test]
    fn nobody_leaves_the_picture() {
        assert_eq!(spread(&at(&[-5.0, 0.0, 99.0]), 0.0, 100.0), [5.0, 15.0, 95.0]);
    }

    #[test]
    fn too_many_labels_share_what_there_is() {
        let middles = spread(&at(&[1.0; 20]), 0.0, 100.0);
        assert!(middles.iter().all(|m| (0.0..=100.0).contains(m)));
        assert!(middles.is_sorted());
    }
}
