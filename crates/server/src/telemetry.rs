//! The log: one line per step on standard error, for people on a terminal and for programs else.
//!
//! Which fields may stand in a line is decided where the line is written; nothing is filtered here.

use std::io::{self, IsTerminal as _};

use tracing::Subscriber;
use tracing_subscriber::{
    Layer, Registry,
    fmt::MakeWriter,
    layer::SubscriberExt as _,
    util::{SubscriberInitExt as _, TryInitError},
};

use crate::config::{LogConfig, LogFormat};

/// Starts logging for the whole process. Fails when it was started before.
pub(crate) fn start(log: &LogConfig) -> Result<(), TryInitError> {
    subscriber(log, io::stderr().is_terminal(), io::stderr).try_init()
}

fn subscriber<W>(log: &LogConfig, terminal: bool, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = if is_pretty(log.format, terminal) {
        lines.with_ansi(terminal).boxed()
    } else {
        lines.json().flatten_event(true).with_span_list(false).boxed()
    };
    tracing_subscriber::registry().with(lines.with_filter(log.filter.clone()))
}

fn is_pretty(format: LogFormat, terminal: bool) -> bool {
    match format {
        LogFormat::Auto => terminal,
        LogFormat::Pretty => true,
        LogFormat::Json => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::config::{Config, Sources};

    /// What is logged inside `steps`, with these settings.
    fn logged(settings: &[(&str, &str)], terminal: bool, steps: impl FnOnce()) -> String {
        let environment = settings.iter().map(|&(key, value)| (key.to_owned(), value.to_owned()));
        let sources = Sources::of_environment(environment);
        let (config, _) = Config::load(sources).expect("well-formed settings");
        let written = Lines::default();
        let subscriber = subscriber(&config.log, terminal, written.clone());

        tracing::subscriber::with_default(subscriber, steps);

        let lines = written.0.lock().expect("nobody panicked while writing");
        String::from_utf8(lines.clone()).expect("text")
    }

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("nobody panicked while writing").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Lines {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn programs_get_one_json_object_a_line_with_the_fields_beside_the_message() {
        let line = logged(&[], false, || tracing::info!(job.attempt = 2, "claimed a job"));

        let line: serde_json::Value = serde_json::from_str(&line).expect("one JSON object");
        assert_eq!(line["message"], "claimed a job");
        assert_eq!(line["job.attempt"], 2);
        assert_eq!(line["level"], "INFO");
    }

    #[test]
    fn people_get_text_with_colours_only_on_a_terminal() {
        let step = || tracing::info!("claimed a job");

        let on_terminal = logged(&[], true, step);
        let in_file = logged(&[("DOORSTEP_LOG_FORMAT", "pretty")], false, step);
        let forced = logged(&[("DOORSTEP_LOG_FORMAT", "json")], true, step);

        assert!(on_terminal.contains("claimed a job") && !on_terminal.starts_with('{'));
        assert!(in_file.contains("INFO") && !in_file.contains('\u{1b}'), "{in_file}");
        assert!(forced.starts_with('{'), "{forced}");
    }

    #[test]
    fn the_filter_chooses_by_level_and_module() {
        let steps = || {
            tracing::info!(target: "quiet", "of no interest");
            tracing::warn!(target: "quiet", "of interest");
            tracing::debug!("too fine");
        };

        let log = logged(&[("DOORSTEP_LOG", "info,quiet=warn")], false, steps);

        assert_eq!(log.lines().count(), 1, "{log}");
        assert!(log.contains("of interest"));
    }
}
