//! What survives a restart.

use doorstep_sandbox::{Options, Sandbox, SandboxError};

use crate::bench::Clock;

const ANN: &str = "ann@example.com";

fn kept_in(directory: &tempfile::TempDir) -> Options {
    let mut options = Clock::new().options();
    options.state_file = Some(directory.path().join("sandbox.json"));
    options
}

#[tokio::test]
async fn a_restart_keeps_everything_and_repeats_no_token() {
    let directory = tempfile::tempdir().unwrap();
    let first = Sandbox::open(kept_in(&directory)).await.unwrap();
    let before = first.google().create_account(ANN, "UTC").unwrap().tokens;
    let (from, to) = (first.now(), first.now() + jiff::SignedDuration::from_hours(1));
    first.google().block(ANN, from, to, "Lunch").unwrap();
    first.flush().await;

    let second = Sandbox::open(kept_in(&directory)).await.unwrap();
    let after = second.google().create_account(ANN, "UTC").unwrap().tokens;

    assert_eq!(second.google().events(ANN), first.google().events(ANN));
    assert_ne!(before.refresh_token, after.refresh_token);
    assert_ne!(before.access_token, after.access_token);
}

#[tokio::test]
async fn the_last_handle_writes_what_is_new() {
    let directory = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::open(kept_in(&directory)).await.unwrap();
    sandbox.google().create_account(ANN, "UTC").unwrap();
    drop(sandbox);

    let reopened = Sandbox::open(kept_in(&directory)).await.unwrap();

    assert_eq!(reopened.google().accounts(), [ANN]);
}

#[tokio::test]
async fn a_damaged_state_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("sandbox.json"), "{\"google\": 4}").unwrap();

    let refused = Sandbox::open(kept_in(&directory)).await.err();

    assert!(matches!(refused, Some(SandboxError::Damaged(_))));
}
