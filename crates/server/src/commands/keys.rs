//! `key`.

use app::key::Scope;
use clap::Subcommand;
use serde_json::json;

use super::open;
use crate::Failure;
use crate::config::Config;
use crate::output::Output;

#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key; it is printed once, alone on standard output
    Create {
        /// `admin`, `bookings` or `read`
        #[arg(long, value_parser = scope)]
        scope: Scope,
        /// What it is for
        #[arg(long)]
        name: Option<String>,
    },
    /// The keys that work, without their secrets
    List,
    /// Make a key useless
    Revoke {
        /// The key's id
        id: domain::KeyId,
    },
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::named(text).ok_or_else(|| "a scope is admin, bookings or read".to_owned())
}

pub(crate) async fn key(
    config: Config,
    command: KeyCommand,
    output: Output,
) -> Result<(), Failure> {
    let app = open(config).await?;
    match command {
        KeyCommand::Create { scope, name } => {
            let key = app.create_key(scope, name).await?;
            let value =
                json!({ "id": key.id.to_string(), "key": key.secret, "scopes": [scope.as_str()] });
            output.either(&value, || format!("{}\n", key.secret))
        }
        KeyCommand::List => {
            let keys = app.list_keys().await?;
            let value: Vec<_> = keys
                .iter()
                .map(|key| json!({ "id": key.id.to_string(), "scopes": [key.scope], "name": key.name }))
                .collect();
            output.either(&value, || {
                let line = |key: &store::key::ApiKey| {
                    format!("{}  {:8}  {}\n", key.id, key.scope, key.name.as_deref().unwrap_or(""))
                };
                keys.iter().map(line).collect()
            })
        }
        KeyCommand::Revoke { id } => {
            if !app.revoke_key(id).await? {
                return Err(format!("there is no key {id}").into());
            }
            output.either(&json!({ "revoked": id.to_string() }), || format!("revoked {id}\n"))
        }
    }
}
