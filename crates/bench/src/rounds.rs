//! Measuring one thing and its reference in turns, so that both meet the same machine.

use std::future::Future;

use crate::Failure;

/// The medians of two things measured in turns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turns {
    pub(crate) measured: f64,
    pub(crate) reference: f64,
}

/// Measures A, B, A, B …; one unmeasured turn of each goes before.
pub(crate) async fn in_turns<A, B>(
    rounds: usize,
    mut measured: impl FnMut() -> A,
    mut reference: impl FnMut() -> B,
) -> Result<Turns, Failure>
where
    A: Future<Output = Result<f64, Failure>>,
    B: Future<Output = Result<f64, Failure>>,
{
    measured().await?;
    reference().await?;
    let (mut ours, mut theirs) = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
    for _ in 0..rounds {
        ours.push(measured().await?);
        theirs.push(reference().await?);
    }
    Ok(Turns { measured: median(&ours), reference: median(&theirs) })
}

/// The middle value; zero of nothing.
pub(crate) fn median(values: &[f64]) -> f64 {
    percentile(values, 50)
}

/// The value that `percent` of all do not exceed; zero of nothing.
pub(crate) fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();

        assert!((percentile(&values, 50) - 50.0).abs() < f64::EPSILON);
        assert!((percentile(&values, 99) - 99.0).abs() < f64::EPSILON);
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!(median(&[]).abs() < f64::EPSILON);
    }
}
