//! `doctor` and `secrets`.

use app::doctor::{Condition, Finding};
use clap::Subcommand;
use serde_json::{Value, json};

use super::open;
use crate::Failure;
use crate::config::Config;
use crate::output::Output;

/// Says how everything is. An error when something will not work.
pub(crate) async fn doctor(config: Config, output: Output) -> Result<(), Failure> {
    let found = open(config).await?.examine().await?;
    let values: Vec<Value> = found.iter().map(view).collect();
    output.either(&values, || found.iter().map(line).collect())?;
    match found.iter().filter(|finding| finding.condition == Condition::Bad).count() {
        0 => Ok(()),
        1 => Err("one thing will not work".into()),
        many => Err(format!("{many} things will not work").into()),
    }
}

fn view(finding: &Finding) -> Value {
    json!({
        "check": finding.check, "subject": finding.subject,
        "condition": finding.condition.as_str(), "says": finding.says, "advice": finding.advice,
    })
}

fn line(finding: &Finding) -> String {
    let sign = match finding.condition {
        Condition::Good => "ok",
        Condition::Fair => "--",
        Condition::Bad => "!!",
    };
    let subject = finding.subject.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    let advice = finding.advice.as_ref().map(|what| format!("\n     {what}")).unwrap_or_default();
    format!("{sign}  {}{subject}: {}{advice}\n", finding.check, finding.says)
}

#[derive(Subcommand)]
pub(crate) enum SecretsCommand {
    /// Encrypt everything that is stored with the first of the keys
    Rotate,
}

pub(crate) async fn secrets(
    config: Config,
    command: SecretsCommand,
    output: Output,
) -> Result<(), Failure> {
    let app = open(config).await?;
    match command {
        SecretsCommand::Rotate => {
            let rotated = app.rotate_secrets().await?;
            let value = json!({ "total": rotated.total, "changed": rotated.changed });
            output.either(&value, || {
                format!(
                    "{} of {} secrets were encrypted anew; older keys are no longer needed\n",
                    rotated.changed, rotated.total
                )
            })
        }
    }
}
