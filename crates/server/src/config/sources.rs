//! Where settings come from: a file, and the environment as `main` hands it in.

use std::{
    fs::File,
    io::{self, ErrorKind, Read as _},
    path::{Path, PathBuf},
};

use super::{
    env_file::{self, Entry},
    fault::{ConfigError, ConfigFault},
};

/// What was given, before anybody asked what it means.
#[derive(Default)]
pub(crate) struct Sources {
    pub(super) file: Vec<Entry>,
    pub(super) faults: Vec<ConfigFault>,
    pub(super) environment: Vec<(String, String)>,
}

const LARGEST_FILE: u64 = 1024 * 1024;

impl Sources {
    /// Reads the file that `--config` names, else `.env` in the working directory if there is one.
    pub(crate) fn read(
        named: Option<&Path>,
        working_directory: &Path,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let text = match named {
            Some(path) => read_file(path)?,
            None => match read_file(&working_directory.join(".env")) {
                Err(Unreadable { source, .. }) if source.kind() == ErrorKind::NotFound => {
                    String::new()
                }
                other => other?,
            },
        };
        let (file, faults) = env_file::parse(&text);
        Ok(Self { file, faults, environment: environment.collect() })
    }

    /// An environment without a file.
    #[cfg(test)]
    pub(crate) fn of_environment(environment: impl Iterator<Item = (String, String)>) -> Self {
        Self { environment: environment.collect(), ..Self::default() }
    }
}

struct Unreadable {
    path: PathBuf,
    source: io::Error,
}

impl From<Unreadable> for ConfigError {
    fn from(Unreadable { path, source }: Unreadable) -> Self {
        ConfigFault::Unreadable { path, source }.into()
    }
}

fn read_file(path: &Path) -> Result<String, Unreadable> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_FILE + 1).read_to_string(&mut text))
        .and_then(|size| match u64::try_from(size) {
            Ok(size) if size <= LARGEST_FILE => Ok(text),
            Ok(_) | Err(_) => Err(io::Error::new(ErrorKind::FileTooLarge, "more than 1 MiB")),
        })
        .map_err(|source| Unreadable { path: path.to_owned(), source })
}
