//! What stands beside the code while the tests run: the programs they drive, and where these are.
//!
//! `Services` is the owner. What it starts ends when it is dropped, whether the tests passed or
//! not; what it says reaches the tests through their environment and in no other way.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use testbed::{Cluster, POSTGRES_BIN, POSTGRES_PACKAGE, POSTGRES_URL};
use testbed::{PGBOUNCER_PACKAGE, PGBOUNCER_PROGRAM, PGBOUNCER_URL, Pooler};

use crate::cargo;
use crate::fault::Fault;
use crate::programs::{self, Program};

const PGBOUNCER: Program =
    Program { name: "pgbouncer", package: PGBOUNCER_PACKAGE, variable: PGBOUNCER_PROGRAM };

const PROGRAMS: [Program; 6] = [
    PGBOUNCER,
    Program { name: "chromium", package: "chromium", variable: "DOORSTEP_TEST_CHROMIUM" },
    Program {
        name: "chromedriver",
        package: "chromium-driver",
        variable: "DOORSTEP_TEST_CHROMEDRIVER",
    },
    Program { name: "node", package: "nodejs", variable: "DOORSTEP_TEST_NODE" },
    NPM,
    PYTHON,
];
const NPM: Program = Program { name: "npm", package: "npm", variable: "DOORSTEP_TEST_NPM" };

const PYTHON: Program =
    Program { name: "python3", package: "python3-venv", variable: "DOORSTEP_TEST_PYTHON_BASE" };

/// Where the scripts are that read what we write with libraries that know nothing of us.
const READERS: &str = "crates/testbed/readers";
/// How the tests learn which Python has those libraries.
const READERS_PYTHON: &str = "DOORSTEP_TEST_PYTHON";

/// Where the scripts are that drive the sandbox with the providers' own libraries.
const CLIENTS: &str = "crates/testbed/clients";

/// The surroundings of one run of the tests.
pub(crate) struct Services {
    environment: Vec<(&'static str, OsString)>,
    // In this order: the pooler goes before what it stands in front of.
    _pgbouncer: Pooler,
    _postgres: Cluster,
}

impl Services {
    /// Installs what the machine lacks, finds everything, and starts a cluster for all tests,
    /// with a pooler in front of it.
    pub(crate) fn start(root: &Path) -> Result<Self, Fault> {
        let missing = postgres_programs().is_none().then_some(POSTGRES_PACKAGE);
        programs::ensure(&PROGRAMS, missing)?;
        install_clients(&root.join(CLIENTS))?;
        let python = install_readers(root)?;
        let (bin, postgres) = start_cluster()?;
        let pooler = PGBOUNCER.locate().unwrap_or_else(|| PGBOUNCER.name.into());
        let pooler = Pooler::start(&pooler, postgres.folder()).map_err(|error| {
            let remedy = format!("`{PGBOUNCER_PROGRAM}` names the program");
            Fault::new(error.to_string(), remedy)
        })?;
        let found = |program: &Program| Some((program.variable, program.locate()?.into()));
        let mut environment: Vec<_> = PROGRAMS.iter().filter_map(found).collect();
        environment.push((READERS_PYTHON, python.into()));
        environment.push((POSTGRES_BIN, bin.into()));
        environment.push((PGBOUNCER_URL, pooler.url("postgres").into()));
        environment.extend(reached(&postgres));
        Ok(Self { environment, _pgbouncer: pooler, _postgres: postgres })
    }

    /// What the tests have to know.
    pub(crate) fn environment(&self) -> &[(&'static str, OsString)] {
        &self.environment
    }
}

/// Installs the providers' own libraries, unless exactly these are there already.
fn install_clients(folder: &Path) -> Result<(), Fault> {
    let unreadable = |error: io::Error| Fault::new(error.to_string(), "look into that folder");
    let wanted = fs::read(folder.join("package-lock.json")).map_err(unreadable)?;
    let note = folder.join("node_modules/.installed-from");
    if fs::read(&note).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!("installing the providers' own libraries …");
    let mut npm = Command::new(NPM.locate().unwrap_or_else(|| NPM.name.into()));
    // Nothing of theirs is run while they are installed.
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder);
    cargo::run(&mut npm, &format!("run `npm ci` in {CLIENTS} and see what it says"))?;
    fs::write(&note, wanted).map_err(unreadable)
}

/// Makes a Python of its own for the readers, unless one with exactly these libraries is there.
/// Says where it is.
fn install_readers(root: &Path) -> Result<PathBuf, Fault> {
    let unreadable = |error: io::Error| Fault::new(error.to_string(), "look into that folder");
    let list = root.join(READERS).join("requirements.txt");
    let wanted = fs::read(&list).map_err(unreadable)?;
    let folder = root.join("target/readers");
    let (python, note) = (folder.join("bin/python"), folder.join(".installed-from"));
    if fs::read(&note).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    println!("installing what reads our invitations …");
    let remedy = format!("install {}, and see what `pip` says", PYTHON.package);
    let mut venv = Command::new(PYTHON.locate().unwrap_or_else(|| PYTHON.name.into()));
    cargo::run(venv.args(["-m", "venv", "--clear"]).arg(&folder), &remedy)?;
    let mut pip = Command::new(&python);
    let quietly = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
    cargo::run(
        pip.args(quietly).args(["--only-binary", ":all:", "--requirement"]).arg(&list),
        &remedy,
    )?;
    fs::write(&note, wanted).map_err(unreadable)?;
    Ok(python)
}

/// PostgreSQL alone, installed if the machine lacks it.
pub(crate) fn cluster() -> Result<Cluster, Fault> {
    let missing = postgres_programs().is_none().then_some(POSTGRES_PACKAGE);
    programs::ensure(&[], missing)?;
    start_cluster().map(|(_, cluster)| cluster)
}

/// How tests learn where the cluster is.
pub(crate) fn reached(cluster: &Cluster) -> [(&'static str, OsString); 1] {
    [(POSTGRES_URL, cluster.url("postgres").into())]
}

fn start_cluster() -> Result<(PathBuf, Cluster), Fault> {
    let bin = postgres_programs().ok_or_else(|| {
        Fault::new(
            format!("{POSTGRES_PACKAGE} is there and `initdb` is not"),
            format!("name the folder with `initdb` in `{POSTGRES_BIN}`"),
        )
    })?;
    let cluster = Cluster::start(&bin).map_err(|error| {
        let remedy = format!("`{POSTGRES_BIN}` names the folder with PostgreSQL's programs");
        Fault::new(error.to_string(), remedy)
    })?;
    Ok((bin, cluster))
}

fn postgres_programs() -> Option<PathBuf> {
    let chosen = programs::environment(POSTGRES_BIN).map(PathBuf::from);
    testbed::find_programs(chosen, programs::environment("PATH").as_deref())
}
