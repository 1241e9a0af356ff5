//! Of a list that fails, the part that matters.

/// Leaves out as much as it can, at most `budget` tries long, so that `fails` still says yes: halves
/// first, then ever smaller pieces, down to single ones.
pub(crate) async fn shrink<T: Clone>(
    mut all: Vec<T>,
    mut budget: usize,
    mut fails: impl AsyncFnMut(&[T]) -> bool,
) -> Vec<T> {
    let mut piece = all.len().div_ceil(2);
    while piece > 0 && budget > 0 {
        let mut at = 0;
        let mut shorter = false;
        while at < all.len() && budget > 0 {
            let end = all.len().min(at + piece);
            let rest = [&all[..at], &all[end..]].concat();
            budget -= 1;
            if fails(&rest).await {
                all = rest;
                shorter = true;
            } else {
                at = end;
            }
        }
        // Single ones are tried again for as long as one of them goes.
        piece = if piece == 1 { usize::from(shorter) } else { piece.div_ceil(2) };
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_does_not_matter_is_left_out() {
        let all: Vec<u32> = (0..40).collect();
        let matters = [3, 17, 18, 39];

        let left = shrink(all, 1_000, async |some: &[u32]| {
            matters.iter().all(|number| some.contains(number))
        })
        .await;

        assert_eq!(left, matters);
    }

    #[tokio::test]
    async fn what_fails_only_together_stays_together_and_in_order() {
        let all = vec!["a", "b", "a", "c", "b", "d"];

        let left = shrink(all, 1_000, async |some: &[&str]| {
            let b = some.iter().position(|letter| *letter == "b");
            b.is_some_and(|at| some[at..].contains(&"a"))
        })
        .await;

        assert_eq!(left, ["b", "a"]);
    }

    #[tokio::test]
    async fn a_budget_ends_it() {
        let mut tries = 0;

        let left = shrink(vec![0; 100], 7, async |_some: &[i32]| {
            tries += 1;
            false
        })
        .await;

        assert_eq!((left.len(), tries), (100, 7));
    }
}
