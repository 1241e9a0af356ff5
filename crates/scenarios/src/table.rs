//! Tables of cases that are whole scenarios.

use std::collections::HashMap;

use tokio::task::{JoinError, JoinSet};

/// Scenarios wait for the disk and for each other's timeouts, so a few run beside each other.
const AT_ONCE: usize = 4;

/// Runs a scenario for every case and names all that failed, not the first alone.
pub async fn in_every_case<C, F>(
    cases: impl IntoIterator<Item = (String, C)>,
    scenario: impl Fn(C) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut running = JoinSet::new();
    let mut names = HashMap::new();
    let mut failed = Vec::new();
    for (name, case) in cases {
        if running.len() == AT_ONCE
            && let Some(ended) = running.join_next_with_id().await
        {
            failed.extend(failure(ended, &names));
        }
        names.insert(running.spawn(scenario(case)).id(), name);
    }
    while let Some(ended) = running.join_next_with_id().await {
        failed.extend(failure(ended, &names));
    }
    assert!(!names.is_empty(), "a table has cases");
    assert!(failed.is_empty(), "{} of {} cases failed: {failed:#?}", failed.len(), names.len());
}

fn failure(
    ended: Result<(tokio::task::Id, ()), JoinError>,
    names: &HashMap<tokio::task::Id, String>,
) -> Option<String> {
    let error = ended.err()?;
    let name = names.get(&error.id()).cloned().unwrap_or_default();
    Some(format!("{name}: {}", said(error)))
}

/// What a task that panicked said.
pub fn said(panicked: JoinError) -> String {
    let panic = panicked.into_panic();
    let said = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
    said.unwrap_or_default()
}
