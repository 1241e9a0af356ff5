//! `holidays`.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use app::SetupError;
use domain::HostId;
use domain::holiday_file::MOST_BYTES;
use serde_json::json;

use super::{open, outside_rules};
use crate::Failure;
use crate::config::Config;
use crate::output::Output;

/// Adds the days of an iCalendar file, or of one at an address, to a host's holidays.
pub(crate) async fn holidays(
    config: Config,
    source: &str,
    host: &HostId,
    output: Output,
) -> Result<(), Failure> {
    let app = open(config).await?;
    let text = if source.contains("://") {
        let url = source.parse().map_err(|error| format!("{source}: {error}"))?;
        let call = providers::holiday_file::fetch(&app.providers().http, url).await;
        call.outcome.map_err(|error| format!("{source}: {}", crate::chain(&error)))?
    } else {
        read(Path::new(source))?
    };
    let imported = match app.import_holidays(host.as_str(), &text).await {
        Ok(imported) => imported,
        Err(SetupError::NotFound) => return Err(format!("there is no host {host}").into()),
        Err(SetupError::Faults(faults)) => return Err(format!("{source}: {faults}").into()),
        Err(error) => return Err(error.into()),
    };
    let value = json!({
        "holidays": imported.holidays,
        "outside_rules": outside_rules::views(&imported.outside),
    });
    output.either(&value, || {
        let line = |day: &app::setup::HolidayDoc| {
            format!("  {}  {}\n", day.date, day.name.as_deref().unwrap_or_default())
        };
        let days: String = imported.holidays.iter().map(line).collect();
        let told = if days.is_empty() {
            format!("{source} has no day in the coming years\n")
        } else {
            format!("holidays of {host}, by {source}:\n{days}")
        };
        told + &outside_rules::text(&imported.outside)
    })
}

/// The text of a file that is small enough for a holiday calendar, or why it has none.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    let most = u64::try_from(MOST_BYTES).expect("1 MiB");
    let mut text = String::new();
    // One byte more than may be: whoever reads the text then says that it is too much.
    File::open(path).map_err(told)?.take(most + 1).read_to_string(&mut text).map_err(told)?;
    Ok(text)
}
