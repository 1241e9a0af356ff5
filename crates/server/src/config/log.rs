//! What is logged, and how it is written.

use tracing_subscriber::{EnvFilter, filter::LevelFilter};
use url::Url;

use super::{
    DOORSTEP_LOG, DOORSTEP_LOG_FORMAT, OTEL_EXPORTER_OTLP_ENDPOINT, fault::Expected,
    settings::Settings, urls,
};

/// What is logged, and how it is written.
#[derive(Debug)]
pub(crate) struct LogConfig {
    pub(crate) filter: EnvFilter,
    pub(crate) format: LogFormat,
    /// Where traces are sent by OTLP.
    pub(crate) otlp_endpoint: Option<Url>,
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// `Pretty` on a terminal, else `Json`.
    Auto,
    /// For people.
    Pretty,
    /// For programs.
    Json,
}

impl LogConfig {
    pub(super) fn read(settings: &mut Settings) -> Self {
        Self {
            filter: settings.value(&DOORSTEP_LOG, filter),
            format: settings.value(&DOORSTEP_LOG_FORMAT, format),
            otlp_endpoint: settings.optional(&OTEL_EXPORTER_OTLP_ENDPOINT, urls::endpoint),
        }
    }
}

/// A bare word that is not a level would be taken for the name of a module: `inof` would silence
/// the log without a word, so it is refused here.
fn filter(text: &str) -> Result<EnvFilter, Expected> {
    let expected = Expected("a level, then `module=level` after commas, such as `info,hyper=warn`");
    // An empty part would be read as the level `error`.
    let is_level = |part: &str| !part.is_empty() && part.parse::<LevelFilter>().is_ok();
    let parts: Vec<_> = text.split(',').map(str::trim).collect();
    if text.len() > 1024 || !parts.iter().all(|part| part.contains('=') || is_level(part)) {
        return Err(expected);
    }
    EnvFilter::builder().with_regex(false).parse(parts.join(",")).map_err(|_refused| expected)
}

fn format(text: &str) -> Result<LogFormat, Expected> {
    match text {
        "auto" => Ok(LogFormat::Auto),
        "pretty" => Ok(LogFormat::Pretty),
        "json" => Ok(LogFormat::Json),
        _ => Err(Expected("`auto`, `pretty` or `json`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_level_is_refused() {
        for text in ["info", "off", "info,hyper=warn", "warn, doorstep_store=debug"] {
            assert!(filter(text).is_ok(), "{text}");
        }
        for text in ["inof", "info,", "info,hyper", "hyper=loud", "info,[{x=warn"] {
            assert!(filter(text).is_err(), "{text}");
        }
    }
}
