//! A throwaway PgBouncer in transaction mode, in front of a cluster.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::folder::{Owner, make_folder};
use crate::guard::{guarded, said};

/// Names the program.
pub const PGBOUNCER_PROGRAM: &str = "DOORSTEP_TEST_PGBOUNCER";
/// Names the pooler that runs beside the tests, in front of the cluster that does.
pub const PGBOUNCER_URL: &str = "DOORSTEP_TEST_PGBOUNCER_URL";
/// The Debian package that brings the program.
pub const PGBOUNCER_PACKAGE: &str = "pgbouncer";

/// Runs the pooler until its standard input ends, and says when its socket is there.
const SCRIPT: &str = r#"
program=$1 folder=$2
"$program" "$folder/pgbouncer.ini" >"$folder/log" 2>&1 &
pid=$!
while [ ! -S "$folder/.s.PGSQL.6432" ]; do
    kill -0 $pid 2>/dev/null || { cat "$folder/log"; rm -rf "$folder"; exit 1; }
    sleep 0.05
done
echo ready
cat
kill -TERM $pid 2>/dev/null
wait $pid
rm -rf "$folder"
"#;

/// A running pooler. It ends when this is dropped or its process dies.
pub struct Pooler {
    folder: PathBuf,
    guard: Child,
}

impl Pooler {
    /// Starts `program` in front of the cluster that has its socket in `cluster`.
    pub fn start(program: &Path, cluster: &Path) -> io::Result<Self> {
        let owner = Owner::for_servers()?;
        let folder = make_folder("pgbouncer", owner)?;
        fs::write(folder.join("pgbouncer.ini"), settings(&folder, cluster))?;
        let mut script = Command::new("sh");
        script.args([OsStr::new("-c"), SCRIPT.as_ref(), "pooler".as_ref()]);
        script.arg(program).arg(&folder);
        let mut guard = guarded(&mut script, &folder, owner).stdin(Stdio::piped()).spawn()?;
        let output = guard.stdout.take().expect("it is piped");
        match said(BufReader::new(output))?.as_str() {
            "ready\n" => Ok(Self { folder, guard }),
            fault => Err(io::Error::other(format!("PgBouncer did not start: {fault}"))),
        }
    }

    /// Where that database is, through the pooler.
    pub fn url(&self, database: &str) -> String {
        let socket = crate::postgres::in_url(&self.folder);
        format!("postgres://postgres@{socket}:6432/{database}?pgbouncer=on")
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // Nobody can do anything about a pooler that does not go.
        let _ = self.guard.wait();
    }
}

/// Few connections, so that transactions of one client do get different ones.
fn settings(folder: &Path, cluster: &Path) -> String {
    let (folder, cluster) = (folder.display(), cluster.display());
    format!(
        "[databases]
* = host={cluster} user=postgres
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = 6432
auth_type = any
pool_mode = transaction
default_pool_size = 6
max_client_conn = 500
max_db_connections = 6
server_idle_timeout = 5
"
    )
}
