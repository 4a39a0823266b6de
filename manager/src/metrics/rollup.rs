//! From moments to minutes: count, sum, least and most of each column. Pure, and a function of the raw rows alone.
//!
//! Sums instead of means: minutes add up to hours without rounding.

use super::table::Table;

/// Columns of a rolled table for `width` raw ones: the count, then sum, min, max of each.
pub(super) const fn rolled_width(width: usize) -> usize {
    1 + 3 * width
}

/// Rolls `raw` (by time) into periods of `period` ms; empty periods have no row. Sums stop at `u64::MAX`.
pub(super) fn roll_up(raw: &Table, period: i64) -> Table {
    let width = raw.columns.len();
    let mut rolled = Table::new(rolled_width(width));
    let mut open: Option<(i64, Vec<u64>)> = None;
    for (index, at) in raw.at.iter().enumerate() {
        let start = start_of(*at, period);
        match &mut open {
            Some((began, row)) if *began == start => fold(row, raw.row(index)),
            _ => {
                if let Some((began, row)) = open.take() {
                    rolled.push(began, row);
                }
                let mut row = vec![1];
                row.extend(raw.row(index).flat_map(|value| [value, value, value]));
                open = Some((start, row));
            }
        }
    }
    if let Some((began, row)) = open {
        rolled.push(began, row);
    }
    rolled
}

fn fold(row: &mut [u64], values: impl Iterator<Item = u64>) {
    let Some((count, columns)) = row.split_first_mut() else {
        return;
    };
    *count += 1;
    for (column, value) in columns.chunks_exact_mut(3).zip(values) {
        if let [sum, min, max] = column {
            *sum = sum.saturating_add(value);
            *min = value.min(*min);
            *max = value.max(*max);
        }
    }
}

/// `old` with everything from `from` up to `to` replaced by `new`.
pub(super) fn splice(old: &Table, from: i64, to: i64, new: &Table) -> Table {
    old.filtered(|at| at < from || at >= to).merged(new)
}

/// When the period that holds `at` began.
pub(super) const fn start_of(at: i64, period: i64) -> i64 {
    at - at.rem_euclid(period)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_minutes_become_two_rows() {
        let mut raw = Table::new(1);
        for (at, value) in [(60_000, 5), (70_000, 1), (119_999, 3), (120_000, 9)] {
            raw.push(at, [value]);
        }
        let rolled = roll_up(&raw, 60_000);
        assert_eq!(rolled.at, [60_000, 120_000]);
        assert_eq!(rolled.row(0).collect::<Vec<_>>(), [3, 9, 1, 5]);
        assert_eq!(rolled.row(1).collect::<Vec<_>>(), [1, 9, 9, 9]);
    }

    proptest! {
        #[test]
        fn counts_and_sums_survive_every_period(
            mut times in prop::collection::vec(0_i64..10_000_000, 0..200),
            values in prop::collection::vec(0_u64..1 << 40, 200),
            period in prop::sample::select(vec![1_000_i64, 60_000, 600_000]),
        ) {
            times.sort_unstable();
            let mut raw = Table::new(1);
            for (at, value) in times.iter().zip(&values) {
                raw.push(*at, [*value]);
            }
            let rolled = roll_up(&raw, period);
            let column = |n: usize| rolled.columns[n].iter().sum::<u64>();
            prop_assert_eq!(column(0), times.len() as u64);
            prop_assert_eq!(column(1), values[..times.len()].iter().sum::<u64>());
            prop_assert!(rolled.at.iter().all(|at| at % period == 0));
            prop_assert!(rolled.at.windows(2).all(|pair| pair[0] < pair[1]));
            let most = rolled.columns[3].iter().max().copied();
            prop_assert_eq!(most, values[..times.len()].iter().max().copied());
        }

        #[test]
        fn splicing_the_same_hour_again_changes_nothing(times in prop::collection::btree_set(0_i64..1_000, 0..50)) {
            let mut old = Table::new(1);
            times.iter().for_each(|at| old.push(*at, [1]));
            let mut hour = Table::new(1);
            (300..400).step_by(10).for_each(|at| hour.push(at, [2]));
            let once = splice(&old, 300, 400, &hour);
            prop_assert_eq!(splice(&once, 300, 400, &hour), once);
        }
    }
}
