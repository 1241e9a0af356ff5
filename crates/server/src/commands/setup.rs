//! `apply` and `export`.

use std::path::Path;

use app::setup::{render, to_toml, with_holiday_files};
use app::{Applied, SetupError};
use domain::{Faults, Provider};
use serde_json::json;

use super::{holidays, open, outside_rules};
use crate::Failure;
use crate::config::Config;
use crate::output::Output;

/// Applies a setup file and says what it changes, and where hosts still have to consent.
pub(crate) async fn apply(
    config: Config,
    file: &Path,
    dry_run: bool,
    output: Output,
) -> Result<(), Failure> {
    let text =
        std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let app = open(config).await?;
    let beside = |name: &str| holidays::read(&file.with_file_name(name));
    let text = with_holiday_files(&text, app.clock().now(), beside)
        .map_err(|faults| refused(file, &faults))?;
    let Applied { differences, outside } = match app.apply_setup(&text, dry_run).await {
        Ok(applied) => applied,
        Err(SetupError::Faults(faults)) => return Err(refused(file, &faults).into()),
        Err(error) => return Err(error.into()),
    };
    let consents = if dry_run { Vec::new() } else { consents(&app).await? };
    let rendered = render(&differences);
    let value = json!({
        "dry_run": dry_run,
        "changed": !differences.is_empty(),
        "difference": rendered,
        "outside_rules": outside_rules::views(&outside),
        "consents": consents
            .iter()
            .map(|it| {
                json!({
                    "account": it.account, "authorize_url": it.authorize_url, "reason": it.reason,
                })
            })
            .collect::<Vec<_>>(),
    });
    output.either(&value, || {
        let changes = if differences.is_empty() { "nothing to change\n" } else { &rendered };
        let links: Vec<String> = consents.iter().map(Unconnected::text).collect();
        format!("{changes}{}{}", outside_rules::text(&outside), links.concat())
    })
}

/// An account that a calendar names and that cannot be called yet.
struct Unconnected {
    account: String,
    /// Where its host consents, if that helps.
    authorize_url: Option<String>,
    /// Why the service account was not let in.
    reason: Option<String>,
}

impl Unconnected {
    fn text(&self) -> String {
        let account = &self.account;
        let reason = self.reason.as_ref().map(|why| format!("\n  {why}")).unwrap_or_default();
        match &self.authorize_url {
            Some(url) => format!("\n{account} has to be connected{reason}; open\n  {url}\n"),
            None => format!("\n{account} cannot be reached by the service account{reason}\n"),
        }
    }
}

/// The accounts that calendars name and nobody has connected, with the address to do so.
async fn consents(app: &app::App) -> Result<Vec<Unconnected>, Failure> {
    let snapshot = app.reload_setup().await?;
    let mut missing: Vec<Unconnected> = Vec::new();
    for calendar in snapshot.setup.calendars() {
        if calendar.provider != Provider::Google {
            continue;
        }
        if missing.iter().any(|it| it.account == calendar.account) {
            continue;
        }
        let (connection, authorize_url) =
            app.connect(calendar.host.clone(), calendar.account.clone()).await?;
        if matches!(connection.status.as_str(), "awaiting_consent" | "revoked") {
            let delegated = app.is_delegated(&connection);
            let reason = connection.reason.filter(|_| delegated);
            missing.push(Unconnected { account: connection.account, authorize_url, reason });
        }
    }
    Ok(missing)
}

fn refused(file: &Path, faults: &Faults) -> String {
    let lines: Vec<String> = faults
        .as_slice()
        .iter()
        .map(|fault| format!("  {}: {} ({})", fault.pointer, fault.message, fault.code))
        .collect();
    format!("{} was not applied:\n{}", file.display(), lines.join("\n"))
}

/// Prints the setup as a file.
pub(crate) async fn export(config: Config, secrets: bool, output: Output) -> Result<(), Failure> {
    let app = open(config).await?;
    let snapshot = app.setup();
    let documents = if secrets { snapshot.documents.clone() } else { snapshot.documents.masked() };
    let toml = to_toml(&documents);
    output.either(&json!({ "toml": toml }), || toml.clone())
}
