//! Whether one kind of request is answered sooner than another: how often, not by how much.

/// Standard normal quantile of a two-sided interval of 95 %.
const Z: f64 = 1.959_963_984_540_054;
/// What counts as equal: who guesses from one answer's time is right in 45 to 55 of 100 cases.
pub(crate) const BAND: (f64, f64) = (0.45, 0.55);

/// A share with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Share {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// What an interval says about the band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All of it lies inside.
    Equal,
    /// It reaches over a border: more pairs would tell.
    Unclear,
    /// All of it lies outside.
    Leaks,
}

impl Share {
    pub(crate) fn verdict(self) -> Verdict {
        if self.high < BAND.0 || self.low > BAND.1 {
            Verdict::Leaks
        } else if self.low >= BAND.0 && self.high <= BAND.1 {
            Verdict::Equal
        } else {
            Verdict::Unclear
        }
    }

    pub(crate) fn met(self) -> bool {
        (BAND.0..=BAND.1).contains(&self.value)
    }
}

impl Verdict {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Unclear => "unclear",
            Self::Leaks => "leaks",
        }
    }
}

/// The area under the curve of Mann and Whitney: the chance that a value of `right` is above one of `left`, a tie counting half.
///
/// The interval is DeLong's (Biometrics 44, 1988): from the spread of each value's own placement among the other side's, without
/// an assumption about how times are distributed. Both sides need two values.
pub(crate) fn auc(left: &[f64], right: &[f64]) -> Share {
    let above = placements(right, left);
    let below: Vec<f64> = placements(left, right).iter().map(|p| 1.0 - p).collect();
    let value = mean(&above);
    let error =
        (variance(&above) / above.len() as f64 + variance(&below) / below.len() as f64).sqrt();
    Share {
        value,
        low: (value - Z * error).max(0.0),
        high: (value + Z * error).min(1.0),
    }
}

/// `hits` of `tries`, with the interval of Wilson (1927), which also holds for 0 and for all of them.
pub(crate) fn proportion(hits: u32, tries: u32) -> Share {
    let (n, value) = (f64::from(tries), f64::from(hits) / f64::from(tries));
    let middle = (value + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (value * (1.0 - value) / n + Z * Z / (4.0 * n * n)).sqrt();
    Share {
        value,
        low: (middle - half).max(0.0),
        high: (middle + half).min(1.0),
    }
}

/// The value below which `share` of them lie, by the nearest rank; 0 for none.
pub(crate) fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied().unwrap_or(0.0)
}

/// For each value the share of `others` below it, a tie counting half.
fn placements(values: &[f64], others: &[f64]) -> Vec<f64> {
    let mut sorted = others.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = |value: &f64| {
        let below = sorted.partition_point(|other| other < value);
        let up_to = sorted.partition_point(|other| other <= value);
        (below + up_to) as f64 / (2 * sorted.len()) as f64
    };
    values.iter().map(place).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    squares / (values.len() - 1) as f64
}

#[cfg(test)]
mod tests {
    use super::{Share, Verdict, auc, percentile, proportion};

    fn close(share: Share, expected: [f64; 3]) {
        for (found, expected) in [share.value, share.low, share.high]
            .into_iter()
            .zip(expected)
        {
            assert!((found - expected).abs() < 1e-9, "{share:?} {expected}");
        }
    }

    /// scipy 1.17 `mannwhitneyu(right, left).statistic / (n * m)`; the intervals by numpy from DeLong's formula over all pairs.
    #[test]
    fn areas_and_intervals_are_those_of_scipy() {
        let left = [12.1, 9.4, 15.0, 11.2, 10.8, 13.3, 12.1, 14.7];
        let right = [13.0, 12.1, 16.2, 15.0, 11.9, 17.5, 14.7, 12.6, 18.1];
        close(
            auc(&left, &right),
            [
                0.763_888_888_888_888_8,
                0.531_434_440_752_862_2,
                0.996_343_337_024_915_5,
            ],
        );
        let left: Vec<f64> = (0..40_u32).map(|i| f64::from(i * 37 % 101)).collect();
        let right: Vec<f64> = (0..60_u32).map(|i| f64::from(i * 53 % 97 + 5)).collect();
        close(
            auc(&left, &right),
            [
                0.505_208_333_333_333_4,
                0.387_296_144_142_832_5,
                0.623_120_522_523_834_2,
            ],
        );
    }

    /// scipy 1.17 `binomtest(k, n).proportion_ci(method="wilson")`.
    #[test]
    fn proportions_have_the_interval_of_scipy() {
        close(
            proportion(520, 1000),
            [0.52, 0.489_017_724_657_518_97, 0.550_829_205_003_058_8],
        );
        close(proportion(0, 10), [0.0, 0.0, 0.277_532_799_862_889_26]);
        close(
            proportion(7, 10),
            [0.7, 0.396_778_147_461_145_26, 0.892_208_732_593_699],
        );
    }

    #[test]
    fn sides_that_never_overlap_are_told_apart_for_certain() {
        let (low, high) = ([1.0, 2.0, 3.0], [4.0, 5.0]);
        close(auc(&low, &high), [1.0, 1.0, 1.0]);
        close(auc(&high, &low), [0.0, 0.0, 0.0]);
        assert_eq!(auc(&low, &high).verdict(), Verdict::Leaks);
        assert_eq!(auc(&high, &low).verdict(), Verdict::Leaks);
    }

    #[test]
    fn a_wide_interval_is_no_proof_of_equality() {
        let share = |low, high| Share {
            value: 0.5,
            low,
            high,
        };
        assert_eq!(share(0.46, 0.54).verdict(), Verdict::Equal);
        assert_eq!(share(0.40, 0.54).verdict(), Verdict::Unclear);
        assert_eq!(share(0.56, 0.60).verdict(), Verdict::Leaks);
        assert_eq!(share(0.30, 0.44).verdict(), Verdict::Leaks);
    }

    #[test]
    fn percentiles_are_measured_values() {
        let values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentile(&values, 0.99), 198.0);
        assert_eq!(percentile(&values, 0.5), 100.0);
        assert_eq!(percentile(&[7.0], 0.99), 7.0);
        assert_eq!(percentile(&[], 0.99), 0.0);
    }
}
