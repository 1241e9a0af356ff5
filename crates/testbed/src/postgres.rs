//! A throwaway PostgreSQL cluster in a folder of its own, reached by a socket in that folder.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use crate::folder::{Owner, make_folder};
use crate::guard::{guarded, said};

/// Names the folder with `initdb` and `pg_ctl`.
pub const POSTGRES_BIN: &str = "DOORSTEP_TEST_POSTGRES_BIN";
/// Names the cluster that runs beside the tests.
pub const POSTGRES_URL: &str = "DOORSTEP_TEST_POSTGRES_URL";
/// The Debian package that brings the programs.
pub const POSTGRES_PACKAGE: &str = "postgresql";

/// Makes a cluster and starts it, says so, and takes it down once its standard input ends. A line
/// `restart`, `stop` or `promote` on it is a command, which is answered when it has been done.
const SCRIPT: &str = r#"
bin=$1 folder=$2 options=$3 primary=$4
control() { "$bin/pg_ctl" "$@" --pgdata="$folder/data" >>"$folder/control" 2>&1; }
start() { control start --wait --log="$folder/log" --options="-k $folder -c listen_addresses= $options"; }
{
    if [ -n "$primary" ]; then
        "$bin/pg_basebackup" --pgdata="$folder/data" --host="$primary" --username=postgres \
            --checkpoint=fast --no-sync --write-recovery-conf
    else
        "$bin/initdb" --pgdata="$folder/data" --username=postgres --auth=trust --encoding=UTF8 \
            --locale=C --no-sync
    fi && start
} >"$folder/start" 2>&1 || { cat "$folder/start" "$folder/log"; rm -rf "$folder"; exit 1; }
echo ready
while read -r command; do
    case $command in
        restart) control stop --mode=immediate; start ;;
        stop) control stop --mode=immediate ;;
        start) start ;;
        promote) control promote --wait ;;
    esac && echo ready || { cat "$folder/control"; echo failed; }
done
control stop --mode=immediate
rm -rf "$folder"
"#;

/// It keeps nothing for certain through a crash, which makes it fast.
const FAST: &str = "-c max_connections=500 -c fsync=off -c full_page_writes=off \
                    -c synchronous_commit=off -c autovacuum=off";

/// As in production.
const DURABLE: &str = "-c max_connections=100";

/// As in production, but for what a crash of the machine would need. A standby named `standby`
/// confirms each commit once there is one: see [`Cluster::start_standby`].
const REPLICATED: &str = "-c max_connections=100 -c fsync=off -c synchronous_commit=on \
                          -c wal_level=replica -c hot_standby=on -c cluster_name=standby";

/// A running cluster. It ends when this is dropped or its process dies.
pub struct Cluster {
    folder: PathBuf,
    bin: PathBuf,
    guard: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Cluster {
    /// Starts a cluster with the programs in `bin`. Whoever is root lends it to another user, for
    /// PostgreSQL refuses to run as root.
    pub fn start(bin: &Path) -> io::Result<Self> {
        Self::launch(bin, FAST, None)
    }

    /// Starts a cluster that keeps what it committed through a power loss, as one that serves does.
    pub fn start_durable(bin: &Path) -> io::Result<Self> {
        Self::launch(bin, DURABLE, None)
    }

    /// Starts a cluster that a standby can follow.
    pub fn start_primary(bin: &Path) -> io::Result<Self> {
        Self::launch(bin, REPLICATED, None)
    }

    /// Starts a copy of this cluster that follows it, under the name `standby`.
    pub fn start_standby(&self) -> io::Result<Self> {
        Self::launch(&self.bin, REPLICATED, Some(&self.folder))
    }

    fn launch(bin: &Path, options: &str, primary: Option<&Path>) -> io::Result<Self> {
        let owner = Owner::for_servers()?;
        let folder = make_folder("postgres", owner)?;
        let mut script = Command::new("sh");
        script.args([OsStr::new("-c"), SCRIPT.as_ref(), "cluster".as_ref()]);
        script.arg(bin).arg(&folder).arg(options).arg(primary.unwrap_or(Path::new("")));
        let mut guard = guarded(&mut script, &folder, owner).spawn()?;
        let mut output = BufReader::new(guard.stdout.take().expect("it is piped"));
        match said(&mut output)?.as_str() {
            "ready\n" => Ok(Self { folder, bin: bin.to_owned(), guard, output }),
            fault => Err(io::Error::other(format!("PostgreSQL did not start: {fault}"))),
        }
    }

    /// Kills every process of it, and starts it again.
    pub fn restart(&mut self) -> io::Result<()> {
        self.command("restart")
    }

    /// Kills every process of it.
    pub fn stop(&mut self) -> io::Result<()> {
        self.command("stop")
    }

    /// Starts it again after [`Cluster::stop`].
    pub fn start_again(&mut self) -> io::Result<()> {
        self.command("start")
    }

    /// Makes a standby take writes of its own.
    pub fn promote(&mut self) -> io::Result<()> {
        self.command("promote")
    }

    fn command(&mut self, name: &str) -> io::Result<()> {
        let input = self.guard.stdin.as_mut().expect("it is piped until this is dropped");
        writeln!(input, "{name}")?;
        match said(&mut self.output)?.as_str() {
            "ready\n" => Ok(()),
            fault => Err(io::Error::other(format!("PostgreSQL did not {name}: {fault}"))),
        }
    }

    /// The folder with its socket.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where that database of the cluster is, for a superuser.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}", in_url(&self.folder))
    }
}

/// A folder with a socket, as the host of a connection URL.
pub(crate) fn in_url(folder: &Path) -> String {
    folder.to_string_lossy().replace('%', "%25").replace('/', "%2F")
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // Nobody can do anything about a cluster that does not go.
        let _ = self.guard.wait();
    }
}

/// The folder with PostgreSQL's programs: as chosen, the newest that Debian has, or in the search
/// path.
pub fn find_programs(chosen: Option<PathBuf>, search_path: Option<&OsStr>) -> Option<PathBuf> {
    chosen.or_else(|| newest(Path::new("/usr/lib/postgresql"))).or_else(|| {
        let mut folders = std::env::split_paths(search_path?);
        // A search path often holds a link to the program, whose neighbours are elsewhere.
        let program = folders.find_map(|folder| folder.join("initdb").canonicalize().ok())?;
        program.parent().map(Path::to_owned)
    })
}

/// Debian keeps each major version in a folder of its own, outside of the search path.
fn newest(versions: &Path) -> Option<PathBuf> {
    let folders = fs::read_dir(versions).ok()?.flatten();
    let numbered = folders.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((version, entry.path().join("bin")))
    });
    let complete = numbered.filter(|(_, bin)| bin.join("initdb").is_file());
    complete.max_by_key(|(version, _)| *version).map(|(_, bin)| bin)
}
