//! The providers' own client libraries against the sandbox: they know nothing of us.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::Bench;

const ANN: &str = "ann@example.com";

#[tokio::test]
async fn googles_own_client_finds_nothing_amiss() {
    let bench = Bench::start().await;
    let token = bench.account(ANN).tokens.refresh_token.unwrap();

    let client = ["sandbox-client", "sandbox-secret"];
    runs("google.mjs", &[&bench.base, ANN, &token, client[0], client[1]]).await;
}

#[tokio::test]
async fn twilios_own_library_finds_nothing_amiss() {
    let bench = Bench::start().await;

    let account = format!("AC{}", "0".repeat(32));
    runs("twilio.mjs", &[&bench.base, &account, "sandbox-token"]).await;
}

/// Runs a script of `testbed/clients` to its end; what it says is shown when it fails.
async fn runs(script: &str, arguments: &[&str]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testbed/clients");
    let installed = folder.join("node_modules").is_dir();
    assert!(installed, "the libraries are not there; `cargo xtask test` installs them");
    let mut command = Command::new(node());
    command.arg(folder.join(script)).args(arguments);
    // The sandbox is served by this thread meanwhile.
    let ended = tokio::task::spawn_blocking(move || command.output()).await.unwrap();

    let output = ended.expect("`cargo xtask test` installs Node.js");

    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (steps, fault) = (said(&output.stdout), said(&output.stderr));
    assert!(output.status.success(), "{steps}{fault}");
}

#[expect(clippy::disallowed_methods, reason = "`cargo xtask test` says where Node.js is")]
fn node() -> PathBuf {
    std::env::var_os("DOORSTEP_TEST_NODE").map_or_else(|| PathBuf::from("node"), PathBuf::from)
}
