//! What stands beside the code while the tests run: the programs they drive, and where these are.
//!
//! `Services` is the owner. What it starts ends when it is dropped, whether the tests passed or
//! not; what it says reaches the tests through their environment and in no other way.

use std::fs;
use std::path::{Path, PathBuf};

use crate::fault::Fault;
use crate::programs::{self, Program};

const POSTGRES_BIN: &str = "DOORSTEP_TEST_POSTGRES_BIN";

const PROGRAMS: [Program; 2] = [
    Program { name: "chromium", package: "chromium", variable: "DOORSTEP_TEST_CHROMIUM" },
    Program {
        name: "chromedriver",
        package: "chromium-driver",
        variable: "DOORSTEP_TEST_CHROMEDRIVER",
    },
];

/// The surroundings of one run of the tests.
pub(crate) struct Services {
    environment: Vec<(&'static str, PathBuf)>,
}

impl Services {
    /// Installs what the machine lacks, and finds everything.
    pub(crate) fn start() -> Result<Self, Fault> {
        programs::ensure(&PROGRAMS)?;
        let found = |program: &Program| Some((program.variable, program.locate()?));
        let environment = PROGRAMS.iter().filter_map(found).chain(postgres()).collect();
        Ok(Self { environment })
    }

    /// What the tests have to know.
    pub(crate) fn environment(&self) -> &[(&'static str, PathBuf)] {
        &self.environment
    }
}

/// The folder with `initdb` and `postgres`, where the machine has one.
fn postgres() -> Option<(&'static str, PathBuf)> {
    let chosen = programs::environment(POSTGRES_BIN).map(PathBuf::from);
    let folder =
        chosen.or_else(|| newest_postgres(Path::new("/usr/lib/postgresql"))).or_else(|| {
            // A search path often holds a link to the program, whose neighbours are elsewhere.
            let program = programs::in_search_path("initdb")?.canonicalize().ok()?;
            program.parent().map(Path::to_owned)
        });
    Some((POSTGRES_BIN, folder?))
}

/// Debian keeps each major version in a folder of its own, outside of the search path.
fn newest_postgres(versions: &Path) -> Option<PathBuf> {
    let folders = fs::read_dir(versions).ok()?.flatten();
    let numbered = folders.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((version, entry.path().join("bin")))
    });
    let complete = numbered.filter(|(_, bin)| bin.join("initdb").is_file());
    complete.max_by_key(|(version, _)| *version).map(|(_, bin)| bin)
}
