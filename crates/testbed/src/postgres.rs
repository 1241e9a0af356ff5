//! A throwaway PostgreSQL cluster in a folder of its own, reached by a socket in that folder.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Names the folder with `initdb` and `pg_ctl`.
pub const POSTGRES_BIN: &str = "DOORSTEP_TEST_POSTGRES_BIN";
/// Names the cluster that runs beside the tests.
pub const POSTGRES_URL: &str = "DOORSTEP_TEST_POSTGRES_URL";
/// The Debian package that brings the programs.
pub const POSTGRES_PACKAGE: &str = "postgresql";

/// Makes a cluster, says so, and takes it down once its standard input ends, however the process at
/// the other end did. It keeps nothing through a crash, which makes it fast.
const SCRIPT: &str = r#"
bin=$1 folder=$2
{
    "$bin/initdb" --pgdata="$folder/data" --username=postgres --auth=trust --encoding=UTF8 \
        --locale=C --no-sync &&
    "$bin/pg_ctl" start --wait --pgdata="$folder/data" --log="$folder/log" --options="\
        -k $folder -c listen_addresses= -c max_connections=200 \
        -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off"
} >"$folder/start" 2>&1 || { cat "$folder/start" "$folder/log"; rm -rf "$folder"; exit 1; }
echo ready
cat
"$bin/pg_ctl" stop --mode=immediate --pgdata="$folder/data" >"$folder/stop" 2>&1
rm -rf "$folder"
"#;

/// A running cluster. It ends when this is dropped or its process dies.
pub struct Cluster {
    folder: PathBuf,
    guard: Child,
}

impl Cluster {
    /// Starts a cluster with the programs in `bin`. Whoever is root lends it to another user, for
    /// PostgreSQL refuses to run as root.
    pub fn start(bin: &Path) -> io::Result<Self> {
        let owner = if user("-u", None)? == 0 { Some(unprivileged()?) } else { None };
        let folder = make_folder(owner)?;
        let mut script = Command::new("sh");
        script.args([OsStr::new("-c"), SCRIPT.as_ref(), "cluster".as_ref()]);
        script.arg(bin).arg(&folder).current_dir(&folder).env("LC_ALL", "C");
        // Ctrl-C is for the tests; the cluster goes when they have gone.
        script.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        if let Some((user, group)) = owner {
            script.uid(user).gid(group);
        }
        let mut guard = script.spawn()?;
        let output = guard.stdout.take().expect("it is piped");
        match said(BufReader::new(output))?.as_str() {
            "ready\n" => Ok(Self { folder, guard }),
            fault => Err(io::Error::other(format!("PostgreSQL did not start: {fault}"))),
        }
    }

    /// Where that database of the cluster is, for a superuser.
    pub fn url(&self, database: &str) -> String {
        let socket = self.folder.to_string_lossy().replace('%', "%25").replace('/', "%2F");
        format!("postgres://postgres@{socket}/{database}")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // Nobody can do anything about a cluster that does not go.
        let _ = self.guard.wait();
    }
}

/// `ready`, or everything that was said instead of it.
fn said(mut output: impl BufRead) -> io::Result<String> {
    let mut text = String::new();
    while text != "ready\n" && output.read_line(&mut text)? > 0 {}
    Ok(text)
}

fn make_folder(owner: Option<(u32, u32)>) -> io::Result<PathBuf> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("doorstep-postgres-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    // What a process of the same number left behind when it was killed.
    let _ = fs::remove_dir_all(&folder);
    DirBuilder::new().mode(0o700).create(&folder)?;
    fs::set_permissions(&folder, Permissions::from_mode(0o700))?;
    if let Some((user, group)) = owner {
        chown(&folder, Some(user), Some(group))?;
    }
    Ok(folder)
}

/// The user that Debian's package makes, or nobody.
fn unprivileged() -> io::Result<(u32, u32)> {
    let ids = |name: &str| Ok((user("-u", Some(name))?, user("-g", Some(name))?));
    ids("postgres").or_else(|_missing: io::Error| ids("nobody"))
}

fn user(what: &str, name: Option<&str>) -> io::Result<u32> {
    let output = Command::new("id").arg(what).args(name).stderr(Stdio::null()).output()?;
    let id = String::from_utf8_lossy(&output.stdout);
    id.trim().parse().map_err(|_unknown| io::Error::other(format!("`id` does not know {name:?}")))
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
